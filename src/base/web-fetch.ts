/** An HTTP client as `fetch` is. */
export type WebFetch = (url: string, init?: RequestInit) => Promise<Response>;

/**
 * `fetch`, for what is off the data path: token endpoints and the like. The global is named only in the call, because
 * Node loads its HTTP client when it is first touched.
 */
export const webFetch: WebFetch = (url, init) => fetch(url, init);
