/** For how long a request with an Idempotency-Key is answered with the first response again, an interval of PostgreSQL. */
export const answeredAgainFor = '24 hours';
