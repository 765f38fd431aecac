// Answers with stock lunr.js what the Python side asks: node lunr_oracle.js FILE with
// {"documents": [{"title", "author", "body"}], "queries": [text]}; writes the terms that lunr.js makes
// of each field, and for each query its hits or its error.
const fs = require("fs")
const lunr = require(process.argv[3])
const asked = JSON.parse(fs.readFileSync(process.argv[2], "utf8"))
const fields = { title: 2, author: 1, body: 1 }
const builder = new lunr.Builder()
builder.pipeline.add(lunr.trimmer, lunr.stopWordFilter, lunr.stemmer)
builder.searchPipeline.add(lunr.stemmer)
builder.ref("id")
for (const name in fields) builder.field(name, { boost: fields[name] })
const terms = []
asked.documents.forEach((document, id) => {
  terms.push(Object.keys(fields).map(name =>
    builder.pipeline.run(lunr.tokenizer(document[name], { fields: [name] })).map(String)))
  builder.add({ id: id, ...document })
})
const index = builder.build()
const answers = asked.queries.map(text => {
  try {
    return index.search(text).map(hit => [Number(hit.ref), hit.score])
  } catch (error) {
    return String(error.message)
  }
})
const words = [...new Set(asked.words || [])].map(word => {
  const made = builder.searchPipeline.run([new lunr.Token(word)])
  return [word, made.map(String)]
})
process.stdout.write(JSON.stringify({ terms, answers, words }))
