/** A prefix, then at least eight letters or digits; the rest of an id is opaque to callers. */
export const idPattern = (prefix: string) => new RegExp(`^${prefix}[a-z0-9]{8,40}$`);
