/**
 * Whether the tests run whole, as in CI (`TEST_WHOLE=1`). Otherwise what differs only in which Claude Code, which hand or
 * which build of the app it is done with, is done with one of them: `npm test` is for people who wait for it.
 */
export const isWhole = Boolean(process.env.TEST_WHOLE);
