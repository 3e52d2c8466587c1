import { GatewayError } from '../../../base/errors.ts';
import { LruMap } from '../../../base/lru.ts';
import type { AwsAuthSpec, ComputedText } from '../../../model/policy.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import type { Caller } from '../../upstream/caller.ts';
import { CachedToken } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { issueRoleKeys, type Role } from './assume-role.ts';
import type { AwsKeys } from './keys.ts';

type RoleSpec = NonNullable<AwsAuthSpec['assumeRole']>;
type Compute = (caller: Caller | null) => string;

/** Sessions whose keys are kept; each is one call to STS an hour. */
const mostSessions = 1000;

/** What STS takes as the name of a session. */
const sessionNameShape = /^[\w+=,.@-]{2,64}$/;

/** True when the sessions of a role differ from request to request. */
export function isComputed({ sessionName, tags }: RoleSpec): boolean {
  return typeof sessionName === 'object' || tags.some(({ value }) => typeof value === 'object');
}

/** A role of which nothing is computed. */
export function fixedRole({ roleArn, sessionName, tags }: RoleSpec): Role {
  return {
    roleArn,
    ...(typeof sessionName === 'string' ? { sessionName } : {}),
    tags: tags.flatMap(({ key, value }) => (typeof value === 'string' ? [{ key, value }] : [])),
  };
}

/** The keys of a role whose session's name or tags are computed for each request: as many sessions as there are values. */
export class RoleSessions {
  readonly #compute: (caller: Caller | null) => Role;
  readonly #issue: (role: Role) => CachedToken<AwsKeys>;
  readonly #sessions: LruMap<string, CachedToken<AwsKeys>>;

  constructor(
    spec: RoleSpec,
    region: string,
    base: CachedToken<AwsKeys>,
    ports: CredentialPorts,
    expressions: Expressions,
  ) {
    const nameOf = spec.sessionName === undefined ? null : computed('the session name', spec.sessionName, expressions);
    const tags = spec.tags.map(({ key, value }) => ({ key, valueOf: computed(`the tag ${key}`, value, expressions) }));
    this.#compute = (caller) => ({
      roleArn: spec.roleArn,
      ...(nameOf === null ? {} : { sessionName: checkedName(nameOf(caller)) }),
      tags: tags.map(({ key, valueOf }) => ({ key, value: valueOf(caller) })),
    });
    this.#issue = (role) =>
      new CachedToken(issueRoleKeys(role, region, base, ports), { name: 'AWS role credentials', log: ports.log });
    this.#sessions = new LruMap(mostSessions);
  }

  /** The keys for a request. Throws or rejects with `credentialsFailed` or `expressionFailed`. */
  get(caller: Caller | null): AwsKeys | Promise<AwsKeys> {
    const role = this.#compute(caller);
    const key = JSON.stringify(role);
    let keys = this.#sessions.get(key);
    if (keys === undefined) {
      keys = this.#issue(role);
      this.#sessions.set(key, keys);
    }
    return keys.get();
  }
}

function computed(what: string, value: string | ComputedText, expressions: Expressions): Compute {
  if (typeof value === 'string') return () => value;
  const text = expressions.text(value.expression, 'request');
  return (caller) => {
    const result = caller === null ? undefined : text(caller.attributes());
    if (result !== undefined) return result;
    throw new GatewayError('expressionFailed', `${what} of the AWS session could not be computed for this request`);
  };
}

function checkedName(name: string): string {
  if (sessionNameShape.test(name)) return name;
  throw new GatewayError(
    'expressionFailed',
    'the name of the AWS session must have 2 to 64 letters, digits or characters of +=,.@-_',
  );
}
