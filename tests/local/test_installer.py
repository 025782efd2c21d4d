"""uv reads no pip configuration, so what this machine told pip is passed on."""

import sys

from local import installer


def test_what_pip_was_told_becomes_variables_of_uv(tmp_path):
    told = {
        "index-url": "https://packages.example/simple",
        "extra-index-url": "file:///one/simple\nfile:///two/simple",
        "find-links": "/wheels /more-wheels",
        "cert": "/etc/ca.crt",
        "timeout": "180",
        "constraint": "/etc/constraints.txt",
    }

    passed = installer.uv_environment(told, {"HOME": str(tmp_path)})

    assert passed == {
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
        "UV_INDEX": "file:///one/simple file:///two/simple",
        "UV_FIND_LINKS": "/wheels,/more-wheels",
        "SSL_CERT_FILE": "/etc/ca.crt",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_CONFIG": "1",
    }


def test_a_variable_that_is_set_wins(tmp_path):
    env = {"HOME": str(tmp_path), "UV_DEFAULT_INDEX": "https://mine.example/simple"}

    passed = installer.uv_environment({"index-url": "https://packages.example/simple"}, env)

    assert "UV_DEFAULT_INDEX" not in passed


def test_uv_keeps_no_cache_where_there_is_no_home():
    assert installer.uv_environment({}, {})["UV_NO_CACHE"] == "1"


def test_pip_is_asked_for_its_configuration_and_the_environment_outweighs_the_files(tmp_path, monkeypatch):
    pip = tmp_path / "pip"
    pip.write_text(
        f"#!{sys.executable}\n"
        "print(\"global.index-url='https://file.example/simple'\")\n"
        "print(\":env:.index-url='https://env.example/simple'\")\n"
        "print(\"install.find-links='/wheels'\")\n"
        "print(\"download.dest='/tmp'\")\n"
        "print(\":env:.default-timeout='9'\")\n"
    )
    pip.chmod(0o755)

    assert installer.pip_configuration([str(pip)]) == {
        "index-url": "https://env.example/simple",
        "find-links": "/wheels",
        "timeout": "9",
    }
