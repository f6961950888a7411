"""What `reissue-audit verify` says of the same two dumps, against what the runner itself observed."""

from compare import EXPECTED, Line

# What `verify` may call what was observed. Of what waits, the Secret may be as it was before.
OUTCOMES = {
    "kept": {"same"},
    "reissued": {"reissued"},
    "lost": {"lost"},
    "blocked": {"pending"},
    "waiting": {"pending"},
    "failed": {"pending", "same"},
}


def check(lines: list[Line], report: dict, mapping: dict[str, str], has_plan: bool) -> None:
    """Notes on each line what `verify` says of its Certificate, and adds what it says otherwise."""
    said = {(each["namespace"], each["name"]): each for each in report["certificates"]}
    moved = set(mapping.values())
    for line in lines:
        its = said.get((line.namespace, line.name))
        line.verified = its["observed"]["outcome"] if its else None
        line.differs += differences(line, its, line.namespace in moved, has_plan)


def differences(line: Line, said: dict | None, moved: bool, has_plan: bool) -> list[str]:
    outcome = line.observed.outcome
    if said is None:
        # A finished backup does not hold it, and `verify` was given neither side of it.
        return [] if outcome == "lost" else [f"verify does not know it, seen: {outcome}"]
    seen = said["observed"]
    found = []
    if seen["outcome"] not in expected(line, moved):
        found.append(f"verify: {seen['outcome']}, seen: {outcome}")
    if not has_plan:
        return found
    foretold = said["predicted"]
    if foretold is None:
        return [*found, "verify foretold nothing of it"]
    right = outcome in EXPECTED.get(foretold["verdict"], {foretold["verdict"]})
    if seen["asPredicted"] != right:
        found.append(f"verify: {foretold['verdict']} was foretold and came true: {seen['asPredicted']}, seen: {outcome}")
    return found


def expected(line: Line, moved: bool) -> set[str]:
    """A Certificate of a namespace that is restored under another name was not there before."""
    outcome = line.observed.outcome
    if moved and outcome != "lost":
        return {"new"}
    # The certificate of another Certificate, or an older one, took the place of its own.
    if outcome == "kept" and line.observed.serial_changed:
        return {"reissued"}
    # It failed before and is held back: it has none, and nothing happens.
    if outcome == "kept" and not line.observed.holds:
        return {"pending"}
    return OUTCOMES[outcome]
