/** Secrets by their own shape: keys of ours, and of the services that code and shells speak to. */
const byShape = [
  /(af_live_)[A-Za-z0-9_-]{8,}/gi,
  /\b(sk-ant-|sk-|ghp_|gho_|ghs_|ghu_|ghr_|github_pat_|glpat-|npm_|xox[abeprs]-|AKIA|ASIA|AIza)[A-Za-z0-9_-]{8,}/g,
  // A JSON Web Token.
  /\b(eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
/** … by what announces them … */
const announced = /\b(bearer\s+|authorization["']?\s*[=:]\s*["']?basic\s+)[^\s"',;)]+/gi;
const named =
  /([A-Za-z0-9_-]*(?:password|passwd|secret|token|api[_-]?key|authorization|cookie)["']?\s*[=:]\s*["']?)(?!(?:bearer|basic)\b)[^\s"',;&)}]+/gi;
/** … or by their place in an address. */
const inAddress = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi;

/** Text with everything that looks like a secret cut to its kind: `af_live_…`. */
export function redact(text: string): string {
  const shaped = byShape.reduce((cut, shape) => cut.replace(shape, '$1…'), text);
  return shaped.replace(announced, '$1…').replace(inAddress, '$1…@').replace(named, '$1…');
}
