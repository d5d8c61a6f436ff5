// Before anything is painted: the colours that were chosen in this browser, else the system's. ui/theme.ts goes on
// from here; this file is on its own because the Content-Security-Policy allows no script inside the page.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('agentfleet.theme');
  } catch {
    // Storage is forbidden: the system decides.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
