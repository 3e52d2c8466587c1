import { testGoldenCases, upstreamSubjects } from '../testing/golden.ts';
import { converseFormat } from './converse.ts';

testGoldenCases(upstreamSubjects(converseFormat), new URL('testdata/', import.meta.url));
