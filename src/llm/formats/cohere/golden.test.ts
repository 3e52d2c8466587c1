import { testGoldenCases, upstreamSubjects } from '../testing/golden.ts';
import { cohereFormat } from './cohere.ts';

testGoldenCases(upstreamSubjects(cohereFormat), new URL('testdata/', import.meta.url));
