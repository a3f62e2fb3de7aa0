"""Signing in over real HTTP routes, with the real store."""

import stat
import time

import pytest
from annotate_stand_in import PASSWORD, people
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from mmjudge.accounts import hash_password
from mmjudge.people import Rater
from mmjudge.store import open_store
from mmjudge.ui import signin
from mmjudge.ui.annotate import add_annotate
from mmjudge.ui.people_page import add_people
from mmjudge.ui.plain import POLICY, add_plain

HTML = {"accept": "text/html"}


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MMJUDGE_HOME", str(tmp_path))
    monkeypatch.delenv("MMJUDGE_SECRET", raising=False)
    with open_store(f"sqlite:///{tmp_path}/mmjudge.db") as opened:
        yield opened


@pytest.fixture
def app(store):
    made = FastAPI()
    add_plain(made)
    add_annotate(made, store)
    add_people(made, store)
    for path, action in (
        ("/", "administer"),
        ("/history", "administer"),
        ("/review", "adjudicate"),
        ("/report", "read"),
    ):
        made.add_api_route(path, lambda: {}, dependencies=[Depends(signin.need(action))])
    signin.add_signin(made, store)
    return made


def client(app):
    return TestClient(app, follow_redirects=False)


def entered(app, name):
    one = client(app)
    assert one.post("/signin", data={"name": name, "password": PASSWORD}).status_code == 303
    return one


def token(one):
    return one.get("/annotate", headers=HTML).text.partition('name="mm-token" content="')[2].partition('"')[0]


def test_before_the_first_account_pages_are_open_and_annotate_sets_it_up(app, store):
    one = client(app)
    assert one.get("/history").status_code == 200
    assert "the first account" in one.get("/annotate", headers=HTML).text
    assert one.get("/annotate/api/state").status_code == 401
    assert "8 to 1024 characters" in one.post("/setup", data={"name": "eve", "password": "short"}).text
    assert one.post("/setup", data={"name": " eve ", "password": PASSWORD}).headers["location"] == "/"
    assert store.rater("eve").role == "admin"
    assert one.get("/history").status_code == 200
    assert client(app).post("/setup", data={"name": "mallory", "password": PASSWORD}).headers["location"] == "/signin"
    assert store.rater("mallory") is None


def test_afterwards_every_page_asks_who_is_there(app, store):
    people(store)
    one = client(app)
    for path in ("/", "/history", "/annotate", "/review", "/report", "/people", "/annotate/api/state"):
        assert one.get(path).status_code == 401
        assert one.get(path, headers=HTML).headers["location"] == "/signin"
    assert one.get("/plain/plain.css").status_code == 200


@pytest.mark.parametrize(
    ("name", "reaches"),
    [
        ("ann", {"/annotate"}),
        ("vic", {"/report"}),
        ("ada", {"/annotate", "/review", "/report"}),
        ("eve", {"/", "/history", "/annotate", "/review", "/report", "/people"}),
    ],
)
def test_each_role_reaches_its_pages_and_no_other(app, store, name, reaches):
    people(store)
    one = entered(app, name)
    every = ("/", "/history", "/annotate", "/review", "/report", "/people")
    assert {path for path in every if one.get(path).status_code == 200} == reaches


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_dies_with_the_password(app, store):
    people(store)
    one = client(app)
    cookie = one.post("/signin", data={"name": "ann", "password": PASSWORD}).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "max-age=43200"):
        assert part in cookie
    assert one.get("/annotate").status_code == 200
    store.update_rater(store.rater("ann"), hash_password("another password"))
    assert one.get("/annotate").status_code == 401


def test_a_disabled_rater_and_a_forged_or_old_cookie_are_nobody(app, store, monkeypatch):
    people(store)
    good = entered(app, "ann").cookies[signin.COOKIE]
    forger = client(app)
    forger.cookies.set(signin.COOKIE, good[:-2] + "xx")
    assert forger.get("/annotate").status_code == 401
    sessions = signin.Sessions(store, signin.secret())
    assert sessions.rater(good) == store.rater("ann")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + signin.HOURS * 3600 + 5)
    assert sessions.rater(good) is None
    monkeypatch.undo()
    store.update_rater(Rater("ann", "rater", disabled=True))
    assert sessions.rater(good) is None


def test_what_changes_something_needs_the_token_of_the_page(app, store):
    people(store)
    one = entered(app, "ann")
    said = {"tasks": []}
    assert one.post("/annotate/api/renew", json=said).status_code == 403
    assert one.post("/annotate/api/renew", json=said, headers={signin.TOKEN: "0" * 64}).status_code == 403
    odd = {signin.TOKEN.encode(): "tökén".encode()}
    assert one.post("/annotate/api/renew", json=said, headers=odd).status_code == 403
    other = token(entered(app, "bob"))
    assert one.post("/annotate/api/renew", json=said, headers={signin.TOKEN: other}).status_code == 403
    assert one.post("/annotate/api/renew", json=said, headers={signin.TOKEN: token(one)}).json() == {"held": []}


def test_a_form_from_another_site_signs_nobody_in(app, store):
    people(store)
    said = {"name": "ann", "password": PASSWORD}
    assert client(app).post("/signin", data=said, headers={"origin": "https://evil.example"}).status_code == 403


def test_too_many_wrong_passwords_have_to_wait(app, store):
    people(store)
    for _ in range(5):
        assert client(app).post("/signin", data={"name": "ann", "password": "wrong wrong"}).status_code == 401
    answer = client(app).post("/signin", data={"name": "ann", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many tries" in answer.text


def test_attempts_are_counted_by_who_and_forgotten():
    attempts = signin.Attempts(most=2, seconds=60)
    for now in (0.0, 10.0):
        assert attempts.wait("name ann", now=now) == 0
        attempts.failed("name ann", now=now)
    assert attempts.wait("name ann", now=20.0) == 40.0
    assert attempts.wait("name bob", now=20.0) == 0
    assert attempts.wait("name ann", now=61.0) == 0


def test_the_key_is_made_once_and_is_its_owners(store, tmp_path, monkeypatch):
    key = signin.secret()
    assert signin.secret() == key
    assert len(key) == 64
    assert stat.S_IMODE((tmp_path / "session.key").stat().st_mode) == 0o600
    monkeypatch.setenv("MMJUDGE_SECRET", "ours")
    assert signin.secret() == "ours"


def test_plain_pages_allow_no_inline_script_and_serve_only_their_own_files(app, store):
    page = client(app).get("/annotate", headers=HTML)
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert client(app).get("/plain/annotate.js").headers["content-type"].startswith("text/javascript")
    for name in ("app.py", "..%2fpyproject.toml", "%2e%2e%2fapp.py"):
        assert client(app).get(f"/plain/{name}").status_code == 404


def test_a_name_is_shown_as_text(app, store):
    people(store)
    shown = client(app).post("/signin", data={"name": '"><script>x</script>', "password": "wrong wrong"}).text
    assert "<script>x" not in shown


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("lease", {"project": 5}, 404),
        ("lease", {"project": "gone", "count": "many", "held": 3}, 404),
        ("renew", {"tasks": "all"}, 200),
        ("renew", {"tasks": [True, -1, 2**80, "x", None]}, 200),
        ("answer", {"task": "1"}, 404),
        ("answer", {"task": 2**80}, 404),
        ("reveal", {"task": 1, "place": "x"}, 404),
        ("verdict", {}, 404),
        ("undo", {"task": None}, 404),
        ("keys", {"yes": "KeyQ"}, 422),
    ],
)
def test_nonsense_is_refused_in_words(app, store, path, said, status):
    people(store)
    one = entered(app, "ann")
    answer = one.post(f"/annotate/api/{path}", json=said, headers={signin.TOKEN: token(one)})
    assert answer.status_code == status
    assert answer.json()
