/** A setting that is missing or wrong. The message names the variable and the mend. */
export class SettingsError extends Error {}
