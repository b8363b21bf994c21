from __future__ import annotations

import httpx


def test_the_shared_server_answers(llama):
    answer = httpx.get(f"{llama.url}/v1/models", headers={"Authorization": f"Bearer {llama.key}"})
    assert answer.json()["data"][0]["id"] == llama.model
