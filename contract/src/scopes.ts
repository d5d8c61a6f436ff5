import * as z from 'zod';
import { scopes } from './plain/scope-words.js';

export const Scope = z.enum(scopes);
export type Scope = z.infer<typeof Scope>;
