/**
 * Writes the vendors' schemas under `src/llm/testing/testdata/`: `node scripts/llm-schemas.ts <botocore> <google>`, both
 * folders with an unpacked wheel (`pip download --no-deps botocore google-api-python-client`, then unzip). Without
 * arguments only the schemas of the SDKs in `node_modules` are written anew.
 */
import { extractBedrock } from './llm-schemas/botocore.ts';
import { extractVertex } from './llm-schemas/discovery.ts';
import { extractSdkTypes } from './llm-schemas/sdk-types.ts';

const [botocore, google] = process.argv.slice(2);
if (botocore !== undefined) extractBedrock(botocore);
if (google !== undefined) extractVertex(google);
extractSdkTypes();
