import { config } from 'zod';

// zod compiles schemas with `new Function` where it may; our Content-Security-Policy forbids even the attempt.
// This module is imported before everything that defines a schema.
config({ jitless: true });
