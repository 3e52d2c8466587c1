import { chatSubjects, testGoldenCases } from '../testing/golden.ts';
import { generateContentFormat } from './generate-content.ts';

testGoldenCases(chatSubjects(generateContentFormat), new URL('testdata/', import.meta.url));
