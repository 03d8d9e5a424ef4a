import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Node = { readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const nodes = (value: unknown): readonly [string, Node][] =>
  Object.entries(isNode(value) ? value : {}).filter((entry): entry is [string, Node] => isNode(entry[1]));

/** Every object in a document with where it is. */
const walk = (value: unknown, at = '#'): readonly { readonly at: string; readonly node: Node }[] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => walk(item, `${at}/${index}`));
  if (!isNode(value)) return [];
  return [{ at, node: value }, ...Object.entries(value).flatMap(([key, part]) => walk(part, `${at}/${key}`))];
};

const resolve = (document: Node, reference: string): unknown =>
  reference
    .split('/')
    .slice(1)
    .reduce<unknown>((found, key) => (isNode(found) ? found[key] : undefined), document);

const follow = (document: Node, node: Node): Node => {
  if (typeof node['$ref'] !== 'string') return node;
  const found = resolve(document, node['$ref']);
  return isNode(found) ? found : {};
};

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
const mediaType = /^[a-z]+\/[a-z0-9.+-]+$/;

const flawsInContent = (content: unknown, at: string): string[] =>
  nodes(content).flatMap(([type]) => (mediaType.test(type) ? [] : [`${at}: ${type} is no media type`]));

const flawsInParameters = (document: Node, path: string, operation: Node): string[] => {
  const given = Array.isArray(operation['parameters']) ? operation['parameters'].filter(isNode) : [];
  const parameters = given.map((parameter) => follow(document, parameter));
  const keys = parameters.map((parameter) => `${parameter['in']} ${parameter['name']}`);
  const inPath = parameters.filter((parameter) => parameter['in'] === 'path');
  const templated = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
  return [
    ...(new Set(keys).size === keys.length ? [] : ['a parameter comes twice']),
    ...parameters
      .filter((p) => typeof p['name'] !== 'string' || !['path', 'query', 'header'].includes(String(p['in'])))
      .map((p) => `parameter ${p['name']} has no name or place`),
    ...parameters.filter((p) => !isNode(p['schema'])).map((p) => `parameter ${p['name']} has no schema`),
    ...inPath.filter((p) => p['required'] !== true).map((p) => `parameter ${p['name']} is not required`),
    ...(JSON.stringify(inPath.map((p) => p['name'])) === JSON.stringify(templated)
      ? []
      : ['the parameters are not those of the path']),
  ];
};

const flawsInResponses = (document: Node, operation: Node): string[] => {
  const responses = nodes(operation['responses']);
  if (responses.length === 0) return ['there is no response'];
  return responses.flatMap(([status, given]) => {
    const response = follow(document, given);
    return [
      ...(/^([1-5]\d\d|default)$/.test(status) ? [] : [`${status} is no status`]),
      ...(typeof response['description'] === 'string' ? [] : [`${status} has no description`]),
      ...flawsInContent(response['content'], status),
    ];
  });
};

const flawsInOperation = (document: Node, path: string, operation: Node): string[] => {
  const tags = Array.isArray(document['tags']) ? document['tags'].map((tag: Node) => tag['name']) : [];
  const own = Array.isArray(operation['tags']) ? operation['tags'] : [];
  const body = operation['requestBody'];
  return [
    ...flawsInParameters(document, path, operation),
    ...flawsInResponses(document, operation),
    ...own.filter((tag) => !tags.includes(tag)).map((tag) => `the tag ${tag} is not declared`),
    ...(isNode(body) && nodes(body['content']).length === 0 ? ['the body has no content'] : []),
    ...(isNode(body) ? flawsInContent(body['content'], 'body') : []),
  ];
};

const flawsInSchemas = (document: Node): string[] => {
  const ajv = new Ajv2020({ strict: false, validateFormats: true });
  addFormats.default(ajv);
  const schemas = walk(document).filter(
    ({ at }) => at.endsWith('/schema') || /^#\/components\/schemas\/[^/]+$/.test(at),
  );
  return schemas.flatMap(({ at, node }) =>
    ajv.validateSchema(node) === true ? [] : [`${at}: ${ajv.errorsText()}`],
  );
};

/** What is wrong with a document by the OpenAPI Specification 3.1, 4.8; nothing when it is right. */
export const flawsInOpenApi = (document: Node): readonly string[] => {
  const paths = nodes(document['paths']);
  const operations = paths.flatMap(([path, item]) =>
    nodes(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const ids = operations.map(({ operation }) => operation['operationId']);
  const shapes = paths.map(([path]) => path.replaceAll(/\{[^}]+\}/g, '{}'));
  const { info } = document;
  return [
    ...(/^3\.1\.\d+$/.test(String(document['openapi'])) ? [] : ['the version is not 3.1']),
    ...(isNode(info) && info['title'] && info['version'] ? [] : ['title or version is missing']),
    ...paths.filter(([path]) => !path.startsWith('/')).map(([path]) => `${path} does not begin with /`),
    ...(new Set(shapes).size === shapes.length ? [] : ['two paths differ in names of parameters alone']),
    ...(new Set(ids).size === ids.length ? [] : ['an operationId comes twice']),
    ...operations.filter(({ method }) => !methods.has(method)).map(({ method }) => `${method} is no method`),
    ...operations.flatMap(({ path, method, operation }) =>
      flawsInOperation(document, path, operation).map((flaw) => `${method} ${path}: ${flaw}`),
    ),
    ...walk(document)
      .filter(({ node }) => typeof node['$ref'] === 'string' && !isNode(resolve(document, node['$ref'])))
      .map(({ at, node }) => `${at}: ${node['$ref']} is not there`),
    ...flawsInSchemas(document),
  ];
};
