from dashboard.reference import Field, operations


def test_a_schema_is_laid_out_flat_with_lists_within_lists_beside_it():
    point = {"type": "object", "properties": {"day": {"type": "string", "format": "date"}}}
    series = {
        "type": "object",
        "properties": {
            "grain": {"enum": ["week", "month"], "type": "string"},
            "points": {"type": "array", "items": {"$ref": "#/components/schemas/Point"}},
            "note": {"type": "string", "nullable": True},
        },
    }
    asked = {"in": "query", "name": "kpi", "schema": {"type": "string"}, "required": True, "description": "Its code."}
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Series"}}}}
    (found,) = operations(
        {
            "paths": {"/series/": {"get": {"parameters": [asked], "responses": {"200": answer}}}},
            "components": {"schemas": {"Point": point, "Series": series}},
        }
    )
    assert (found.method, found.path) == ("GET", "/series/")
    assert [body.title for body in found.bodies] == [
        "Parameters", "Answered: an object with", "Answered, points: a list, each with",
    ]  # fmt: skip
    assert found.bodies[0].fields == [Field("kpi", "text", True, "Its code.")]
    kinds = [(field.name, field.kind) for body in found.bodies[1:] for field in body.fields]
    assert kinds == [("grain", "one of week, month"), ("points", "list"), ("note", "text or null"), ("day", "date")]


def test_the_page_names_every_address_of_the_api(client, designer):
    client.force_login(designer)
    page = client.get("/api/docs/").text
    for address in ("departments", "kpis", "observations", "rollups", "series"):
        assert f"<code>/api/v1/{address}/</code>" in page
