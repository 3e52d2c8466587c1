import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { awsRegion } from './region.ts';

const nowhere = { AWS_CONFIG_FILE: '/nonexistent' };

test('the configured region wins, then the host’s, then the environment’s', () => {
  const env = { ...nowhere, AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
  const host = 'bedrock-runtime.us-east-1.amazonaws.com';
  assert.equal(awsRegion('ap-south-1', host, env), 'ap-south-1');
  assert.equal(awsRegion(undefined, host, env), 'us-east-1');
  assert.equal(awsRegion(undefined, 'proxy.test', env), 'eu-west-1');
  assert.equal(awsRegion(undefined, 'proxy.test', { ...env, AWS_REGION: '' }), 'eu-west-2');
  assert.equal(awsRegion(undefined, 'proxy.test', nowhere), undefined);
});

test('every form of a regional host is understood, and nothing else', () => {
  const hosts: readonly (readonly [host: string, region: string | undefined])[] = [
    ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['vpce-0a-1b.bedrock-runtime.eu-central-1.vpce.amazonaws.com', 'eu-central-1'],
    ['bedrock-runtime.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['bedrock-runtime.ap-southeast-2.api.aws', 'ap-southeast-2'],
    ['sts.amazonaws.com', undefined],
    ['us-east-1.example.com', undefined],
    ['bedrock.us-east-1.amazonaws.com.evil.test', undefined],
  ];
  for (const [host, region] of hosts) assert.equal(awsRegion(undefined, host, nowhere), region, host);
});

test('a profile’s region counts where nothing else names one', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-region-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, '.aws'));
  const text = `[default]
output = json
region = eu-west-1
[profile team]
s3 =
    region = nested
region=eu-north-1   
[profile empty]
[sso-session x]
region = us-west-2
`;
  writeFileSync(join(folder, '.aws/config'), text);
  const of = (env: Readonly<Record<string, string>>): string | undefined =>
    awsRegion(undefined, 'proxy.test', { HOME: folder, ...env });
  assert.equal(of({}), 'eu-west-1');
  assert.equal(of({ AWS_PROFILE: 'team' }), 'eu-north-1');
  assert.equal(of({ AWS_PROFILE: 'empty' }), undefined);
  assert.equal(of({ AWS_REGION: 'ap-south-1' }), 'ap-south-1');
  assert.equal(of({ AWS_CONFIG_FILE: '/nonexistent' }), undefined);
});
