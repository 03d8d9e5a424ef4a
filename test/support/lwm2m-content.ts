import { type Content, decodeContent } from '../../src/devices/lwm2m/codecs/content.ts';
import {
  asBoolean,
  asBytes,
  asFloat,
  asInteger,
  asLink,
  asText,
} from '../../src/devices/lwm2m/codecs/value.ts';

/** Whether bytes are readable content; asks for every value in every form, as anybody may. */
export const readsAs =
  (format: number, path: string) =>
  (bytes: Uint8Array): boolean => {
    const content = decodeContent(format, bytes, path, '/lwm2m');
    if (content.ok) askAll(content.value);
    return content.ok;
  };

const askAll = (content: Content): void => {
  for (const value of content.values()) {
    for (const as of [asInteger, asFloat, asBoolean, asText, asBytes, asLink]) as(value);
  }
};
