"""An update's difference is exactly what the engine's own update does to a store."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, Store

from innograph.loader.updates.applying import Applier, UpdateRefusedError

BASE = "http://base.example/"
PREFIX = "PREFIX e: <http://e.example/> "
BEFORE = PREFIX + (
    "INSERT DATA { e:s e:p e:o, 'x', 5 ."
    " GRAPH e:g { e:s e:q 1, 2 ; e:r [ e:t ( 1 2 ) ] } GRAPH e:h { e:s e:p e:o } }"
)


def stores() -> tuple[Store, Store]:
    ours, theirs = Store(), Store()
    ours.update(BEFORE)
    theirs.bulk_extend(list(ours))
    return ours, theirs


def canonical(store: Store) -> Dataset:
    dataset = Dataset(list(store))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def same_effect(update: str) -> None:
    ours, theirs = stores()
    before = set(ours)
    applier = Applier(ours, BASE, union=False)
    applier.update(update)
    theirs.update(update, base_iri=BASE)
    assert canonical(ours) == canonical(theirs)
    assert set(ours.named_graphs()) == set(theirs.named_graphs())
    assert applier.delta.removed == before - set(ours)
    assert applier.delta.added == set(ours) - before


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { e:a e:b e:c, _:x . _:x e:d '005'^^<http://www.w3.org/2001/XMLSchema#integer> }",
        "INSERT DATA { GRAPH <relative> { e:a a e:K } }",
        "DELETE DATA { e:s e:p 'x' . GRAPH e:g { e:s e:q 1 } } ; INSERT DATA { e:n e:m e:o }",
        "DELETE WHERE { ?s e:p ?o }",
        "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
        "WITH e:g DELETE { ?s e:q ?o } INSERT { ?s e:z ?o . GRAPH e:h { ?s e:y [ e:k ?o ] } } WHERE { ?s e:q ?o }",
        "WITH e:g INSERT { ?s e:seen ?g } WHERE { ?s e:q ?o . GRAPH ?g { ?s e:p ?x } }",
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH e:new { ?s ?p ?o . ?o ?p ?s } }"
        " USING NAMED e:g WHERE { GRAPH ?g { ?s ?p ?o } }",
        "INSERT { ?s e:c ?n } USING e:g USING e:h WHERE { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } }",
        "INSERT { ?s e:none ?unbound ; e:some ?o } WHERE { ?s e:p ?o }",
        "DELETE { ?s e:p ?o } INSERT { ?s e:p ?o } WHERE { ?s e:p ?o }",
        "INSERT { e:x e:y << e:a e:b ?o >> } WHERE { e:s e:p ?o }",
        "COPY e:g TO e:k ; MOVE GRAPH e:h TO DEFAULT ; CREATE GRAPH e:empty ; DROP SILENT GRAPH e:nope",
        "ADD DEFAULT TO e:k",
        "CLEAR NAMED",
        "DROP ALL",
        "CLEAR GRAPH e:g",
        r'INSERT DATA { e:a e:b "say \u0022hi\u0022 \u007B" }',
        r'WITH <http://e.example/\u0067> INSERT { e:a e:b ?x } WHERE { ?s e:q ?o BIND("\u007D\u0022" AS ?x) }',
        "",
        "INSERT { ?s e:dollar $o ; e:text '?o {' } WHERE { $s e:p ?o . FILTER(?o != '}') } # ; }",
        "INSERT DATA { e:a e:b 'semicolon ; and # hash' } ; DELETE WHERE { ?s e:p 'x' } ;",
    ],
)
def test_an_update_does_what_the_engine_would_do(update: str) -> None:
    same_effect(PREFIX + update)


TERMS = st.sampled_from(["e:s", "e:o", "e:x", "1", "'x'", "?a", "?b", "?c"])
NODES = st.sampled_from(["e:s", "e:o", "?a", "?b"])
LINKS = st.sampled_from(["e:p", "e:q", "?p"])
TRIPLE = st.builds(lambda s, p, o: f"{s} {p} {o} .", NODES, LINKS, TERMS)
BLOCK = st.one_of(
    TRIPLE, st.builds(lambda g, t: f"GRAPH {g} {{ {t} }}", st.sampled_from(["e:g", "e:h", "?g"]), TRIPLE)
)
BLOCKS = st.lists(BLOCK, min_size=1, max_size=3).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(BLOCKS, BLOCKS, BLOCKS, st.sampled_from(["", "WITH e:g ", "WITH e:none "]))
def test_any_modification_does_what_the_engine_would_do(
    delete: str, insert: str, where: str, graph: str
) -> None:
    same_effect(f"{PREFIX}{graph}DELETE {{ {delete} }} INSERT {{ {insert} }} WHERE {{ {where} }}")


def test_each_operation_has_a_prologue_of_its_own() -> None:
    store = Store()
    Applier(store, BASE).update(
        "PREFIX : <http://a/> INSERT DATA { :s :p 1 } ; PREFIX : <http://b/> INSERT DATA { :s :p 2 }"
    )
    assert {quad.subject for quad in store} == {NamedNode("http://a/s"), NamedNode("http://b/s")}


@pytest.mark.parametrize(
    ("update", "place"),
    [
        ("INSERT DATA {\n <a> <b> }", "2:10"),
        ("INSERT DATA { <a> <b> <c> } garbage", "1:32"),
        ("INSERT DATA { <a> <b> <c> } ;\n\nDELETE WHERE { ?s }", "3:"),
        ("; INSERT DATA { <a> <b> <c> }", "1:"),
        ("LOAD nonsense", "1:"),
        ("DELETE DATA { <a> <b> _:x }", "1:"),
    ],
)
def test_a_syntax_error_has_the_place_it_has_in_the_request(update: str, place: str) -> None:
    store = Store()
    with pytest.raises(SyntaxError, match=f"at {place}"):
        Applier(store, BASE).update(update)
    assert len(store) == 0


@pytest.mark.parametrize(
    "update",
    [
        "LOAD <http://127.0.0.1:9/>",
        "LOAD SILENT <file:///etc/passwd> INTO GRAPH <g>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_an_update_never_reaches_out(update: str) -> None:
    with pytest.raises(UpdateRefusedError):
        Applier(Store(), BASE).update(update)


def test_blank_nodes_get_iris_of_ours() -> None:
    store = Store()
    Applier(store, BASE, skolem=f"{BASE}.well-known/genid/").update(
        "INSERT DATA { <a> <b> _:x . _:x <c> [ <d> 1 ] }"
    )
    subjects = {quad.subject.value for quad in store}  # type: ignore[union-attr]
    assert len([s for s in subjects if s.startswith(f"{BASE}.well-known/genid/")]) == 2
    assert len(store) == 3


def test_the_dataset_of_the_protocol_is_the_dataset_of_where() -> None:
    store, _ = stores()
    Applier(store, BASE, union=False).update(
        PREFIX + "INSERT { e:found e:in ?o } WHERE { ?s e:q ?o }", using=["http://e.example/g"]
    )
    found = store.quads_for_pattern(NamedNode("http://e.example/found"), None, None)
    assert {quad.object.value for quad in found} == {"1", "2"}  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="named twice"):
        Applier(store, BASE).update(
            PREFIX + "WITH e:g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", using=["http://x/"]
        )
