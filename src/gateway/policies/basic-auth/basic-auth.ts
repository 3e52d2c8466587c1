import type { BasicAuthSpec, CredentialSource } from '../../../model/policies/authentication.ts';
import { authentication, type Scheme } from '../../authentication/authenticate.ts';
import { challengeFor, quoted, refusal } from '../../authentication/challenge.ts';
import { ProvedFacts } from '../../authentication/facts.ts';
import type { Exchange } from '../../exchange.ts';
import { strongerOf } from '../../principal.ts';
import { Passwords } from '../../passwords/passwords.ts';
import type { PolicyFactory } from '../policy.ts';

/** A user whose password was right. */
interface User {
  readonly name: string;
}

/** Clients prove who they are with a user name and a password (RFC 7617); tunnels, with those of a proxy. */
export const basicAuth: PolicyFactory<'basicAuth'> = {
  kind: 'basicAuth',
  compile(spec, context) {
    const passwords = new Passwords(new Map(spec.users.map(({ user, hashedPassword }) => [user, hashedPassword])));
    const plain = authentication('basicAuth', spec, context, schemeOf(spec, passwords));
    const proxied = { ...spec, sources: spec.sources.map(asProxy) };
    const tunnels = authentication('basicAuth', proxied, context, schemeOf(proxied, passwords));
    return {
      kind: 'basicAuth',
      request: (x) => (x.request.method === 'CONNECT' ? tunnels : plain).request?.(x),
      response: null,
    };
  },
};

/** Who asks for a tunnel shows a proxy's credential (RFC 9110 §11.7). */
function asProxy(source: CredentialSource): CredentialSource {
  return source.kind === 'header' && source.name === 'authorization'
    ? { ...source, name: 'proxy-authorization' }
    : source;
}

function schemeOf({ sources, realm }: BasicAuthSpec, passwords: Passwords): Scheme<User> {
  const challenge = challengeFor(sources, 'Basic');
  const parameters = `realm=${quoted(realm)}, charset="UTF-8"`;
  return {
    root: 'basicAuth',
    check(credential) {
      const pair = userAndPassword(credential);
      if (pair === null) return 'the credential is not a user name and a password in base64';
      const { user, password } = pair;
      const right = passwords.check(user, password);
      return right instanceof Promise ? right.then((is) => asUser(user, is)) : asUser(user, right);
    },
    accept(x: Exchange, { name }, credential) {
      x.setFact('basicAuth', new ProvedFacts({ username: name }, null, credential));
      x.principal = strongerOf(x.principal, { kind: 'basic', id: `basic:${name}`, claims: { username: name } });
    },
    refuse: (problem) => refusal(challenge, problem ?? 'a user name and a password are missing', parameters),
  };
}

function asUser(name: string, right: boolean): User | string {
  return right ? { name } : 'the user name or the password is wrong';
}

function userAndPassword(credential: string): { readonly user: string; readonly password: string } | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(credential)) return null;
  const text = Buffer.from(credential, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
