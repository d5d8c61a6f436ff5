import { useAppExtras } from '../base/app-extras.js';
import { usePageTitle } from '../base/page-title.js';
import { type ThemeChoice, useTheme } from '../ui/theme.js';
import { SettingsTabs } from './settings-tabs.js';

const themes: Record<ThemeChoice, { name: string; sentence: string }> = {
  system: { name: 'As the system', sentence: 'Light by day and dark by night, where the system does so.' },
  light: { name: 'Light', sentence: 'Always light.' },
  dark: { name: 'Dark', sentence: 'Always dark.' },
};

/** How the dashboard looks here. */
export default function AppearancePage() {
  const [theme, choose] = useTheme();
  const isInApp = useAppExtras().screens.length > 0;
  usePageTitle('Appearance');
  return (
    <div className="page max-w-5xl">
      <SettingsTabs />
      <h1 className="font-semibold text-xl">Appearance</h1>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 font-medium">Theme</legend>
        <div className="grid gap-3 sm:grid-cols-3">
          {(Object.keys(themes) as ThemeChoice[]).map((option) => (
            <label key={option} className="choice-card">
              <input
                type="radio"
                name="theme"
                className="mt-1 shrink-0"
                checked={theme === option}
                onChange={() => choose(option)}
              />
              <span>
                <span className="block font-medium">{themes[option].name}</span>
                <span className="text-soft">{themes[option].sentence}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <p className="text-soft">
        {isInApp
          ? 'The choice is kept on this computer; menus and dialogs of the app follow it.'
          : 'The choice is kept in this browser.'}{' '}
        Movement is left out where the system asks for less of it.
      </p>
    </div>
  );
}
