"""Templates by chance: expressions and statements of a small grammar, from a seed."""

ATOMS = ("s u n neg f t none l names d nested empty es mixed users messages num ws lines x 0 1 2 -1 3 1.5 '' 'a' 'l' ' ' 'ab' [] [1,2] ['b','a'] (1,2) {} {'a':1} "
         "true false range(3) loop ns").split()
BINARY = "+ - * / // % ~ == != < <= > >= in and or".split() + ["not in"]
FILTERS = ("upper lower title capitalize trim length list first last sort reverse join join(',') string int float abs round(1) unique|list default('d') d('z',true) tojson "
           "tojson(indent=2) replace('a','b') replace('l','') indent indent(2,true) map('string')|list map(attribute='n')|list select|list reject('odd')|list selectattr('n')|list "
           "batch(2)|list slice(2)|list sum min max dictsort items|list wordcount truncate(6) center(9) urlencode count striptags groupby('age')|length").split(" ")
FILTERS += ["safe", "escape", "e", "forceescape", "striptags", "safe|upper", "safe|list", "safe|last"]
FILTERS += ["selectattr('age','gt',1)|list", "sort(reverse=true)", "sort(attribute='age')", "map('default', 1)|list", "format(1)", "select('in', [1,'a'])|list"]
TESTS = "defined undefined none string number integer float boolean mapping sequence iterable callable true false escaped odd even lower upper in(l) eq(1) divisibleby(2) sameas(none) gt(1)".split()
METHODS = ("upper() lower() title() strip() lstrip() rstrip('d') split() split('l') split(',',1) rsplit('l',1) splitlines() replace('l','L') startswith('H') endswith(('d','x')) "
           "find('l') count('l') isdigit() isalpha() isupper() get('a') get('zz') get('zz',1) items()|list keys()|list values()|list index(1) count(1) join(['a','b']) zfill(5) "
           "center(9,'*') partition('l') capitalize() swapcase() format(1,2) append(1) pop()").split(" ")
SUBSCRIPTS = ["[0]", "[-1]", "[1:]", "[:-1]", "[::-1]", "[::2]", "[1:3]", "['a']", ".a", ".n", "['role']", "[10]", ".x.y"]


def expression(rng, depth=3):
    kind = rng.randrange(12) if depth else 0
    inner = lambda: expression(rng, depth - 1)  # noqa: E731
    if kind <= 1:
        return rng.choice(ATOMS)
    if kind <= 3:
        return f"({inner()} {rng.choice(BINARY)} {inner()})"
    if kind <= 6:
        return f"({inner()})|{rng.choice(FILTERS)}"
    if kind == 7:
        return f"({inner()}) is {rng.choice(['', 'not '])}{rng.choice(TESTS)}"
    if kind == 8:
        return f"({inner()}).{rng.choice(METHODS)}"
    if kind == 9:
        return f"({inner()}){rng.choice(SUBSCRIPTS)}"
    if kind == 10:
        return f"({inner()} if {inner()} else {inner()})"
    return rng.choice([f"[{inner()}, {inner()}]", f"({inner()},)", f"{{'k': {inner()}}}", f"(not {inner()})", f"(-{inner()})"])


NAMES = "a b n s i".split()


def block(rng, depth):
    return "".join(statement(rng, depth) for _ in range(rng.randrange(1, 4)))


def spaced(rng, tag):
    """A tag with or without signs, on a line of its own or not."""
    if rng.random() < 0.2:
        tag = tag[:2] + rng.choice("-+") + tag[2:]
    if rng.random() < 0.2:
        tag = tag[:-2] + rng.choice("-+") + tag[-2:]
    return rng.choice(["", "", " ", "\n", "  \n", "\n  "]) + tag + rng.choice(["", "", " ", "\n", "\n\n", "\n  "])


def statement(rng, depth):
    name, other = rng.choice(NAMES), rng.choice(NAMES)
    tag = lambda text: spaced(rng, "{%" + f" {text} " + "%}")  # noqa: E731
    shown = "".join("{{ " + v + " }}" for v in rng.sample(NAMES, 2))
    kind = rng.randrange(12) if depth else rng.randrange(3)
    inside = lambda: block(rng, depth - 1)  # noqa: E731
    if kind <= 1:
        return shown
    if kind == 2:
        return tag(f"set {name} = {rng.choice([other, '1', repr(rng.randrange(9)), f'({other}|string) ~ 1'])}")
    if kind <= 4:
        middle = tag(f"elif {other}") + inside() if rng.random() < 0.5 else ""
        end = tag("else") + inside() if rng.random() < 0.5 else ""
        return tag(f"if {rng.choice([name, 'not ' + name, 'true', 'false'])}") + inside() + middle + end + tag("endif")
    if kind <= 6:
        test = f" if {rng.choice([name, other + ' is defined', 'true'])}" if rng.random() < 0.3 else ""
        control = rng.choice(["", "", "{% break %}", "{% continue %}", "{% if " + other + " %}{% break %}{% endif %}"])
        return tag(f"for {name} in {rng.choice(['[1,2]', '[0,1]', '[]', 'l', other + '|list'])}{test}") + inside() + control + tag("endfor")
    if kind == 7:
        return tag(f"set {name}") + inside() + tag("endset")
    if kind == 8:
        return tag(f"with {name} = {other}") + inside() + tag("endwith")
    if kind == 9:
        return tag(f"macro m({name}, {other}x=1)") + inside() + tag("endmacro") + "{{ m(2) }}"
    if kind == 10:
        return tag("filter upper") + inside() + tag("endfilter")
    return "{% macro c() %}{{ caller() }}{% endmacro %}" + tag("call c()") + inside() + tag("endcall")
