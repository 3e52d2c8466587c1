/** The largest answer that is held to be translated whole, in bytes. */
export const maximumAnswer: number = 32 * 1024 * 1024;
