/** How the path of a request is brought into one form before anything looks at it. */
export interface PathNormalization {
  /** `//` becomes `/`. */
  readonly mergeSlashes: boolean;
  /** `.` and `..`, also written `%2e`. */
  readonly dotSegments: 'keep' | 'resolve' | 'reject';
  /** `%2f` and `%5c`. */
  readonly encodedSlash: 'keep' | 'decode' | 'reject';
  readonly backslash: 'keep' | 'toSlash' | 'reject';
}

/** What becomes of header fields with `_` in their names, which some servers take for `-`. */
export type Underscores = 'keep' | 'drop' | 'reject';

/** Above which a worker begins to refuse requests and connections. 0: no limit. */
export interface OverloadLimits {
  /** Mean lateness of the event loop. */
  readonly eventLoopDelayMs: number;
  /** Share of the memory that may be used, up to 1. */
  readonly memory: number;
}
