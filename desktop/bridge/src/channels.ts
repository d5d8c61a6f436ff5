/** The one channel on which a window asks, and the one on which it is told. Alone here: the preload script imports it. */
export const askChannel = 'agentfleet:ask';
export const tellChannel = 'agentfleet:tell';
