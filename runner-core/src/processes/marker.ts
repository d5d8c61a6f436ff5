/**
 * Every process of a session carries `AF_RUN_MARKER=<runId>` in its environment. A process that left its
 * parent, its group and its session keeps that, so it can still be found.
 */
export const markerVariable = 'AF_RUN_MARKER';
