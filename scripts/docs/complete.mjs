// Gives each function, method and class of the documentation its example, and says what their docstrings lack.
import { Comment, CommentTag, ReflectionKind } from 'typedoc'

// Nothing to call, or what the language calls by itself: an example would show nothing.
const plain = new Set(['toString', 'toJSON', '[dispose]', '[custom]', 'close'])
const namesOfRegions = { '[asyncDispose]': 'asyncDispose', SecretBuffer: 'overview' }
// Words in a docstring that say what a call throws, or that it does not.
const tellsErrors = /\b(?:[Tt]hrows?|[Rr]ejects|ERR_\w+|never throws|system errors?)\b/

const textOf = (comment) =>
  [comment?.summary, ...(comment?.blockTags ?? []).map(({ content }) => content)]
    .flat()
    .map((part) => (part?.kind === 'inline-tag' ? `{@link ${part.text}}` : (part?.text ?? '')))
    .join('')

function addExample(target, code) {
  target.comment ??= new Comment()
  target.comment.blockTags.push(new CommentTag('@example', [{ kind: 'code', text: `\`\`\`ts\n${code}\n\`\`\`` }]))
}

/** Adds the examples to a project of typedoc's. Answers lines that say what is missing, none where all is there. */
export function complete(project, examples) {
  const problems = []
  const unused = new Set(examples.keys())
  const give = (reflection, target) => {
    if (plain.has(reflection.name)) return
    const region = namesOfRegions[reflection.name] ?? reflection.name
    const code = examples.get(region)
    unused.delete(region)
    if (code === undefined) problems.push(`${reflection.getFriendlyFullName()}: no example in examples/api`)
    else addExample(target, code)
  }
  const kinds = ReflectionKind.Function | ReflectionKind.Method
  for (const reflection of project.getReflectionsByKind(kinds)) {
    // Methods of plain records and of interfaces are told with their owner.
    if (reflection.kind === ReflectionKind.Method && reflection.parent?.kind !== ReflectionKind.Class) continue
    give(reflection, reflection.signatures[0])
    const comments = reflection.signatures.map(({ comment }) => textOf(comment)).join('\n')
    if (!plain.has(reflection.name) && !tellsErrors.test(comments)) {
      problems.push(`${reflection.getFriendlyFullName()}: does not say what it throws, or that it never does`)
    }
  }
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Class)) give(reflection, reflection)
  const bytes = project
    .getReflectionsByKind(ReflectionKind.Accessor)
    .find(({ name, parent }) => name === 'bytes' && parent?.name === 'SecretBuffer')
  if (bytes?.getSignature) give(bytes, bytes.getSignature)
  for (const name of unused) problems.push(`examples/api: the region ${name} shows nothing that is exported`)
  return problems
}
