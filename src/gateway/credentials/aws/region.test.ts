import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsRegion } from './region.ts';

test('the configured region wins, then the host’s, then the environment’s', () => {
  const env = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' };
  const host = 'bedrock-runtime.us-east-1.amazonaws.com';
  assert.equal(awsRegion('ap-south-1', host, env), 'ap-south-1');
  assert.equal(awsRegion(undefined, host, env), 'us-east-1');
  assert.equal(awsRegion(undefined, 'proxy.test', env), 'eu-west-1');
  assert.equal(awsRegion(undefined, 'proxy.test', { ...env, AWS_REGION: '' }), 'eu-west-2');
  assert.equal(awsRegion(undefined, 'proxy.test', {}), undefined);
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
  for (const [host, region] of hosts) assert.equal(awsRegion(undefined, host, {}), region, host);
});
