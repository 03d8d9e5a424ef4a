import { exampleOf, fieldsOf, referred, typeOf } from './docs-schema.ts';
import { type Html, html, none, prose } from './html.ts';
import type { JsonSchema, OpenApi, Operation, Parameter, Reference } from './openapi-types.ts';

type Listed = { readonly method: string; readonly path: string; readonly operation: Operation };

const operationsOf = ({ paths }: OpenApi): readonly Listed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );

const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
const badge = (method: string): Html => html`<span class="method ${method}">${method.toUpperCase()}</span>`;

/** A path in which lines may break after each part, and parameters stand out. */
const shownPath = (path: string): Html =>
  html`${path
    .split(/(\{[^}]*\})/)
    .map((part) =>
      part.startsWith('{')
        ? html`<i>${part}</i>`
        : html`${part.split('/').map((word, at) => (at === 0 ? html`${word}` : html`/<wbr>${word}`))}`,
    )}`;

const permission = ({ 'x-permission': access }: Operation): Html => {
  if (access === 'public') return html`<span class="permission">anyone</span>`;
  if (access === 'signed-in') return html`<span class="permission">anyone signed in</span>`;
  return html`<span class="permission needs">${access}</span>`;
};

const parameterOf = (document: OpenApi, given: Parameter | Reference): Parameter | undefined =>
  '$ref' in given ? document.components.parameters[referred(given) ?? ''] : given;

const places = { path: 'Path', query: 'Query', header: 'Headers' } as const;

/** Parameters read like the fields of an object. */
const asObject = (parameters: readonly Parameter[]): JsonSchema => ({
  properties: Object.fromEntries(
    parameters.map(({ name, schema, description }) => [
      name,
      { ...schema, ...(description && { description }) },
    ]),
  ),
  required: parameters.filter(({ required }) => required).map(({ name }) => name),
});

const parametersOf = (document: OpenApi, { parameters }: Operation): readonly Html[] => {
  const found = parameters
    .map((given) => parameterOf(document, given))
    .filter((parameter) => parameter !== undefined)
    // What every route takes is said once, above all of them.
    .filter(({ name }) => name !== 'Muster-Account');
  return (['path', 'query', 'header'] as const).flatMap((place) => {
    const here = found.filter((parameter) => parameter.in === place);
    return here.length === 0 ? [] : [html`<h4>${places[place]}</h4>${fieldsOf(asObject(here), 'required')}`];
  });
};

const bodyOf = ({ requestBody }: Operation): Html => {
  if (requestBody === undefined) return none;
  const schema = requestBody.content['application/json']?.schema;
  if (schema !== undefined) return html`<h4>Body <small>JSON</small></h4>${fieldsOf(schema, 'required')}`;
  const types = Object.keys(requestBody.content);
  return html`<h4>Body</h4><p>Bytes as ${types.flatMap((type, at) => [html`${at === 0 ? '' : ', '}`, html`<code>${type}</code>`])}</p>`;
};

/** A page of a list reads better as what it lists. */
const replyOf = (schema: JsonSchema): Html => {
  if (referred(schema) !== undefined) return html`<p class="reply">${typeOf(schema)}</p>`;
  return fieldsOf(schema, 'optional');
};

const isProblem = (status: string): boolean => Number(status) >= 400;

const repliesOf = ({ responses }: Operation): Html => {
  const entries = Object.entries(responses);
  const good = entries.filter(([status]) => !isProblem(status));
  const bad = entries.filter(([status]) => isProblem(status)).map(([status]) => status);
  return html`${good.map(([status, response]) => {
    if (!('description' in response)) return none;
    const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
    const what = type === undefined || type === 'application/json' ? '' : type;
    return html`<h4>Reply <small>${status} ${what}</small></h4><p>${response.description}</p>${
      content?.schema === undefined ? none : replyOf(content.schema)
    }`;
  })}<p class="refusals">Refused with ${bad.map(
    (status) => html`<a href="#problem-${status}">${status}</a> `,
  )}</p>`;
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A command line that calls an operation; path parameters are shell variables. */
export const curlOf = (serverUrl: string, { method, path, operation }: Listed): string => {
  const url = serverUrl + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`);
  const verb = { get: '', head: ' -I', post: '' }[method] ?? ` -X ${method.toUpperCase()}`;
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const bare = method === 'post' && type === undefined ? ' -X POST' : verb;
  const lines = [`curl${bare} "${url}"`];
  if (operation.security === undefined) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (type !== undefined) lines.push(`-H ${quoted(`Content-Type: ${type}`)}`);
  if (content?.schema !== undefined) lines.push(`-d ${quoted(JSON.stringify(exampleOf(content.schema)))}`);
  else if (type !== undefined) lines.push('--data-binary @file');
  const answer = Object.values(operation.responses)[0];
  const bytes =
    answer !== undefined && 'content' in answer && 'application/octet-stream' in (answer.content ?? {});
  if (bytes) lines.push('-o file');
  return lines.join(' \\\n  ');
};

const operationSection = (document: OpenApi, listed: Listed): Html => {
  const { method, path, operation } = listed;
  const server = document.servers[0]?.url ?? '';
  return html`<article id="${operation.operationId}">
<h3><a href="#${operation.operationId}">${operation.summary}</a></h3>
<p class="call">${badge(method)} <code class="path">${shownPath(path)}</code> ${permission(operation)}</p>
${operation.description === undefined ? none : prose(operation.description)}
${parametersOf(document, operation)}
${bodyOf(operation)}
${repliesOf(operation)}
<pre tabindex="0"><code>${curlOf(server, listed)}</code></pre>
</article>
`;
};

const contents = (
  tags: readonly string[],
  listed: readonly Listed[],
): Html => html`<nav aria-label="Contents">
<ul>${tags.map(
  (tag) =>
    html`<li><a class="tag" href="#${slug(tag)}">${tag}</a><ul>${listed
      .filter(({ operation }) => operation.tags.includes(tag))
      .map(
        ({ method, operation }) =>
          html`<li><a href="#${operation.operationId}">${badge(method)}<span>${operation.summary}</span></a></li>`,
      )}</ul></li>`,
)}<li><a class="tag" href="#schemas">Schemas</a></li><li><a class="tag" href="#problems">Problems</a></li></ul>
</nav>`;

const schemasSection = ({ components }: OpenApi): Html => html`<section id="schemas"><h2>Schemas</h2>
${Object.entries(components.schemas).map(
  ([
    name,
    schema,
  ]) => html`<article id="schema-${name}"><h3><a href="#schema-${name}">${name}</a></h3>${fieldsOf(schema, 'optional')}</article>
`,
)}</section>`;

const problemsSection = ({ components }: OpenApi): Html => html`<section id="problems"><h2>Problems</h2>
<article><ul class="fields">${Object.entries(components.responses).map(([name, { description }]) => {
  const status = name.replace('Problem', '');
  return html`<li id="problem-${status}"><div class="name"><code>${status}</code></div><div class="meaning">${description
    .split('\n')
    .map((line) => prose(line))}</div></li>`;
})}</ul></article></section>`;

/** The page that shows an OpenAPI document to people: no script, nothing from elsewhere. */
export const docsPage = (document: OpenApi): string => {
  const listed = operationsOf(document);
  const tags = document.tags.map(({ name }) => name);
  const { title, version, description } = document.info;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="docs.css">
</head>
<body>
${contents(tags, listed)}
<main>
<header><h1>${title} <small>${version}</small></h1>
<p class="server"><code>${document.servers[0]?.url ?? ''}</code> <a href="openapi.json">OpenAPI 3.1</a></p>
${prose(description)}
<p>Requests carry <code>Authorization: Bearer</code> and the token of a <a href="#signIn">session</a> or an API
token. Whoever belongs to several accounts names the one that is meant in <code>Muster-Account</code>.</p>
</header>
${tags.map(
  (tag) => html`<section id="${slug(tag)}"><h2>${tag}</h2>
${listed.filter(({ operation }) => operation.tags.includes(tag)).map((one) => operationSection(document, one))}</section>
`,
)}
${schemasSection(document)}
${problemsSection(document)}
</main>
</body>
</html>
`.html;
};
