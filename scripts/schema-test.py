"""Holds the JSON Schema against what the reader said of many experiments, by a validator of others (jsonschema).

Usage: schema-test.py SCHEMA CASES, where a line of CASES is {"origin", "accepted", "key", "message", "spec"}.

What the reader accepts the schema must accept. What the reader refuses and the schema accepts must be a matter of meaning: a refusal that
names a key's form is one that the schema could have made, but for the few forms in EXCEPTIONS, which no schema can say. Schemas that have
lost one of their keywords must be found out.
"""

import copy
import json
import re
import sys
from collections import Counter

from jsonschema import Draft202012Validator

# Refusals for which the form of a value is to blame.
FORM = re.compile(
    r"unknown key|this key is missing"
    r"|found .*; allowed: (a number|a whole number|an object|a list|a row|rows|the path|an expression|1 to \d+ letters|\"\w+\",? )",
    re.DOTALL,
)


def value_at(spec, key):
    """The value at a path such as task.target[0][1]; None where there is none."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", key):
        try:
            spec = spec[int(index)] if index else spec[name]
        except (KeyError, IndexError, TypeError):
            return None
    return spec


# What a form asks and a schema cannot say, by name: of the key and the value.
EXCEPTIONS = {
    "chains a..b with a > b or b too large": lambda key, value: key == "sampler.chains" and isinstance(value, str),
    "a whole number above 2^53 with an exponent or a point": lambda key, value: isinstance(value, float) and abs(value) > 2**53,
    "a name with signs of other scripts": lambda key, value: key == "name" and isinstance(value, str) and not value.isascii(),
    "a loading that the task does not have": lambda key, value: re.match(r"task\.constraints\[\d+\]\.of", key),
}


def judge(schema, cases, tell):
    """How many cases contradict the schema."""
    validator = Draft202012Validator(schema)
    wrong = 0
    for case in cases:
        valid = validator.is_valid(case["spec"])
        if valid == case["accepted"]:
            continue
        if valid and not FORM.match(case["message"]):
            tell["meaning", re.sub(r"\[\d+\]", "[]", case["key"]) or "the whole file"] += 1
            continue
        if valid:
            value = value_at(case["spec"], case["key"])
            names = [name for name, applies in EXCEPTIONS.items() if applies(case["key"], value)]
            if names:
                tell["form", names[0]] += 1
                continue
        wrong += 1
        if tell is not SILENT and wrong <= 20:
            errors = "; ".join(error.message[:120] for error in validator.iter_errors(case["spec"]))
            print(f"*** the reader {'accepts' if case['accepted'] else 'refuses'}: {case['key']}: {case['message'][:300]}")
            print(f"    the schema {'accepts' if valid else 'refuses: ' + errors}")
            print(f"    {json.dumps(case['spec'])[:400]}")
    return wrong


SILENT = Counter()


def without(tree, keyword):
    """The schema without a keyword, wherever it stands as one."""
    if isinstance(tree, list):
        return [without(element, keyword) for element in tree]
    if not isinstance(tree, dict):
        return tree
    # Under "properties" and "$defs" names are not keywords.
    return {
        key: ({name: without(inner, keyword) for name, inner in value.items()} if key in ("properties", "$defs") else without(value, keyword))
        for key, value in tree.items()
        if key != keyword
    }


def main():
    schema = json.load(open(sys.argv[1]))
    Draft202012Validator.check_schema(schema)
    cases = [json.loads(line) for line in open(sys.argv[2])]
    told = Counter()
    wrong = judge(schema, cases, told)
    origins = Counter((case["origin"], case["accepted"]) for case in cases)
    assert origins["spec", False] == 0, "an experiment that is no mutant is refused"
    print(f"{origins['spec', True]} experiments, {origins['mutant', True]} mutants that the reader accepts and "
          f"{origins['mutant', False]} that it refuses: {wrong} contradict the schema")
    alone = sum(told.values())
    print(f"refused by the reader alone, as the schema cannot know: {alone}")
    for (sort, name), count in sorted(told.items()):
        print(f"  {count:5}  {sort}: {name}")
    assert wrong == 0, f"{wrong} contradictions"
    refused = sum(not case["accepted"] for case in cases)
    assert origins["mutant", True] >= 300 and refused - alone >= 1000, "too few cases to say anything"

    for keyword in ["additionalProperties", "required", "minimum", "maximum", "exclusiveMinimum", "enum", "type", "pattern", "minItems",
                    "maxLength", "if", "then"]:
        broken = without(copy.deepcopy(schema), keyword)
        assert broken != schema, f"the schema does not say {keyword}"
        found = judge(broken, cases, SILENT)
        print(f"without {keyword}: {found} contradictions")
        # Of some there are too few mutants for any one set to be sure of.
        assert found > 0 or keyword in ("minItems", "maxLength", "pattern", "exclusiveMinimum"), f"a schema without {keyword} is not found out"


main()
