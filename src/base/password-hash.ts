/** Ways to hash a password that can be checked, as htpasswd and crypt(3) write them. */
export type PasswordHashKind = 'bcrypt' | 'apr1' | 'sha1' | 'sha256-crypt' | 'sha512-crypt';

const kinds: readonly (readonly [PasswordHashKind, RegExp])[] = [
  ['bcrypt', /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/],
  ['apr1', /^\$apr1\$[^$]{1,8}\$[./A-Za-z0-9]{22}$/],
  ['sha1', /^\{SHA\}[A-Za-z0-9+/]{27}=$/],
  ['sha256-crypt', /^\$5\$(?:rounds=\d{1,9}\$)?[^$]{0,16}\$[./A-Za-z0-9]{43}$/],
  ['sha512-crypt', /^\$6\$(?:rounds=\d{1,9}\$)?[^$]{0,16}\$[./A-Za-z0-9]{86}$/],
];

/** The kind of a hash; undefined where it is none that is known. */
export function passwordHashKind(hash: string): PasswordHashKind | undefined {
  return kinds.find(([, shape]) => shape.test(hash))?.[0];
}
