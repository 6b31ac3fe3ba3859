# The demo's task: number words, digits, and adding one, ten or a hundred to either.
#
#   awk -v out=DIR -v questions=500 -f make_task.awk
#
# A tenth of the numbers below 10,000 is held out: no prompt about one of them is in train.jsonl, in whatever spelling. Of the
# prompts about them `questions` are drawn into heldout.jsonl, and again as questions.jsonl and answers.jsonl, a JSON string a
# line. The same files on every machine and from every awk: the random numbers are made here.

# Park and Miller's minimal standard generator (CACM 31, 1988); products stay below 2^53.
function random_below(n) { state = state * 16807 % 2147483647; return int(state / 2147483647 * n) }

function below_hundred(n) { return n < 20 ? ones[n] : tens[int(n / 10)] (n % 10 ? "-" ones[n % 10] : "") }

function words(n,   s) {
  if (n == 0) return "zero"
  if (n >= 1000) s = ones[int(n / 1000)] " thousand"
  if (n % 1000 >= 100) s = s (s ? " " : "") ones[int(n % 1000 / 100)] " hundred"
  if (n % 100) s = s (s ? " " : "") below_hundred(n % 100)
  return s
}

function either_spelling(n) { return random_below(2) ? words(n) : n }

function pair(prompt, response) {
  if (held && !(prompt in seen)) { seen[prompt]; asked[drawn_from] = prompt; answer[drawn_from++] = response }
  if (!held) print "{\"prompt\": \"" prompt "\", \"response\": \"" response "\"}" > (out "/train.jsonl")
}

function draw_questions(   i, j) {
  for (i = 0; i < questions && i < drawn_from; ++i) {
    j = i + random_below(drawn_from - i)
    print "{\"prompt\": \"" asked[j] "\", \"response\": \"" answer[j] "\"}" > (out "/heldout.jsonl")
    print "\"" asked[j] "\"" > (out "/questions.jsonl")
    print "\"" answer[j] "\"" > (out "/answers.jsonl")
    asked[j] = asked[i]; answer[j] = answer[i]
  }
}

BEGIN {
  split("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", ones)
  split("ten twenty thirty forty fifty sixty seventy eighty ninety", tens)
  state = 19880101
  drawn_from = 0
  for (n = 0; n < 10000; ++n) {
    held = random_below(10) == 0
    # Short numbers are few, and what people ask first.
    times = n < 100 ? 8 : n < 1000 ? 2 : 1
    for (i = 0; i < times; ++i) {
      pair("Write " words(n) " in digits.", n)
      pair("Write " n " in words.", words(n))
    }
    for (i = 0; i < 2 * times; ++i) {
      summand = 10 ^ random_below(3)
      pair("What is " either_spelling(n) " plus " either_spelling(summand) "?", n + summand)
    }
  }
  draw_questions()
}
