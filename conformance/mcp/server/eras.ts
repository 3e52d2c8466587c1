/** Which revisions the reference server speaks: that of 2026-07-28, those with sessions, or all. */
export type Eras = 'both' | 'older' | 'newer';

/** All there are. */
export const allEras: readonly Eras[] = ['both', 'older', 'newer'];
