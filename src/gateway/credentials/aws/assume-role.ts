import { wallMs } from '../../../base/clock.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { CachedToken, Issue } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { limitedText } from '../token-request.ts';
import type { AwsKeys } from './keys.ts';
import { SigV4 } from './sigv4.ts';

/** Says in AWS's audit logs whose session it is, where the configuration does not. */
const defaultSessionName = 'waygate';

/** A role to assume; what is computed in it is. */
export interface Role {
  readonly roleArn: string;
  readonly sessionName?: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

const formType = 'application/x-www-form-urlencoded; charset=utf-8';

/**
 * Keys of an assumed role, for an hour each.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * @param base The keys that may assume it.
 */
export function issueRoleKeys(
  role: Role,
  region: string,
  base: CachedToken<AwsKeys>,
  { env, fetch }: CredentialPorts,
): Issue<AwsKeys> {
  const signer = new SigV4(region, 'sts');
  const form = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName ?? defaultSessionName,
  });
  for (const [index, { key, value }] of role.tags.entries()) {
    form.set(`Tags.member.${index + 1}.Key`, key);
    form.set(`Tags.member.${index + 1}.Value`, value);
  }
  const body = form.toString();
  const url = new URL(env['AWS_ENDPOINT_URL_STS'] || stsEndpoint(region));
  return async (signal) => {
    const headers = new HeaderList(['content-type', formType]);
    const request = { method: 'POST', authority: url.host, path: url.pathname, query: '', headers };
    signer.sign(request, Buffer.from(body), await base.get(), wallMs());
    const response = await fetch(url.href, { method: 'POST', headers: [...headers], body, redirect: 'manual', signal });
    const xml = await limitedText(response);
    if (!response.ok) {
      throw new Error(`${url.host} answered ${response.status}: ${element(xml, 'Code')}: ${element(xml, 'Message')}`);
    }
    const value = {
      accessKeyId: element(xml, 'AccessKeyId'),
      secretAccessKey: element(xml, 'SecretAccessKey'),
      sessionToken: element(xml, 'SessionToken'),
    };
    const expiresMs = Date.parse(element(xml, 'Expiration'));
    if (Object.values(value).includes('') || Number.isNaN(expiresMs)) {
      throw new Error(`${url.host} answered without keys`);
    }
    return { value, expiresMs };
  };
}

function stsEndpoint(region: string): string {
  return `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** Text of an element that has neither attributes nor children, as all of this answer's are; '' when it is not there. */
function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? '';
}
