const authority =
  /^(?:\[[0-9A-Fa-f:.]{2,}(?:%25[A-Za-z0-9._~-]+)?\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]{0,5})?$/;

/** True for `host` or `host:port` as a Host field or CONNECT target may have it (RFC 9110 §7.2), '' included. */
export function isAuthority(text: string): boolean {
  return authority.test(text);
}
