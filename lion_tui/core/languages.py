"""The languages whose code is coloured."""

from __future__ import annotations

from typing import Final

COLOURED: Final = frozenset(
    {
        "ada", "asm", "awk", "bash", "bat", "batch", "c", "c#", "c++", "clj", "clojure", "cmake", "console", "cpp",
        "cs", "csharp", "css", "d", "dart", "delphi", "diff", "docker", "dockerfile", "elixir", "erlang", "ex",
        "f#", "fortran", "fsharp", "gdscript", "glsl", "go", "golang", "graphql", "groovy", "haskell", "hcl", "hs",
        "html", "http", "ini", "java", "javascript", "jl", "js", "json", "json5", "jsonld", "jsonnet", "jsx",
        "julia", "kotlin", "latex", "less", "lua", "make", "makefile", "markdown", "matlab", "md", "mysql", "nasm",
        "nginx", "nim", "nix", "objc", "objective-c", "ocaml", "octave", "pascal", "perl", "php", "pl",
        "postgresql", "powershell", "prolog", "properties", "proto", "protobuf", "ps1", "puppet", "pwsh", "py",
        "pycon", "python", "python3", "r", "rb", "rs", "rst", "ruby", "rust", "sass", "scheme", "scss", "sh",
        "shell", "smalltalk", "solidity", "sparql", "sql", "sqlite3", "swift", "systemverilog", "tcl", "terraform",
        "tex", "tf", "toml", "ts", "tsx", "twig", "typescript", "udiff", "vb.net", "verilog", "vhdl", "vim", "vue",
        "wat", "xml", "yaml", "yml", "zig", "zsh",
    }
)  # fmt: skip
"""By the names that Pygments has for them.

Of its six hundred lexers some take time beyond all bounds on a line made for that, which nothing can interrupt. Those
of these languages were tried with hundreds of thousands of such lines (`tests/campaigns/highlighting.py`).
"""
