/**
 * The most turns that collecting one job may take. A turn writes for about 12 minutes, and 100,000 results fit into two even
 * at 100 a second, so this is room enough and still an end.
 */
export const maxCollectTurns = 60;

/** Time kept back at the end of a turn, for what is in flight and for the answer, in milliseconds. */
export const turnReserveMs = 60_000;
