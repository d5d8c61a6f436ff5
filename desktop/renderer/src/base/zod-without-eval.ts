import { config } from 'zod/v4';

// zod compiles schemas with `new Function` where it may; our Content-Security-Policy forbids even the attempt. The build
// gives this module to whoever imports zod, so that it is told before a schema is made.
config({ jitless: true });

export * from 'zod/v4';
