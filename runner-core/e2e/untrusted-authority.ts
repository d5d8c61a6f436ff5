export { cert, key } from '../src/testing/untrusted-authority.js';
