"""python3 tools/layers/test_check.py: what tools/layers/check sees in small crates made for it."""
import subprocess
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).resolve().parent / "check"


def checked(files, order=("low", "middle", "high")):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"lib.rs": "pub mod high;\npub mod low;\n", **files}.items():
            file = Path(folder) / "src" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        layers = Path(folder) / "layers.toml"
        layers.write_text("".join(f'[[layer]]\nmodule = "{module}"\nwhat = "What."\n' for module in order))
        ran = subprocess.run([CHECK, Path(folder) / "src", layers], capture_output=True, text=True)
        return ran.returncode, ran.stdout.replace(f"{folder}/src/", "") + ran.stderr


class Layers(unittest.TestCase):
    def assert_refused(self, low, *expected, **files):
        code, told = checked({"low.rs": low, "high.rs": "pub struct Top;", **files})
        self.assertEqual(code, 1, told)
        for part in expected:
            self.assertIn(part, told)

    def assert_kept(self, low, **files):
        code, told = checked({"low.rs": low, "high.rs": "use crate::low::Base;\npub struct Top;", **files})
        self.assertEqual(code, 0, told)

    def test_imports_that_run_down_are_kept(self):
        self.assert_kept("pub struct Base;")

    def test_imports_that_run_up_are_refused_with_file_line_and_both_layers(self):
        self.assert_refused("\nuse crate::high::Top;", "low.rs:2: crate::high::Top: low is below high")

    def test_any_way_to_write_a_path_is_seen(self):
        for low in (
            "use crate::{\n    high::{Top as Other, self},\n};",
            "fn f() -> crate::high::Top { todo!() }",
            "use super::high::Top;",
            "use crate::high;\nfn f() -> high::Top { todo!() }",
            "macro_rules! m { () => { $crate::high::Top } }",
            "fn f<'a>(x: &'a str) { let y = '\"'; crate::high::f(); let z = '\"'; }",
            "pub(crate) use crate::high::*;",
        ):
            with self.subTest(low):
                self.assert_refused(low, "low is below high")

    def test_comments_strings_and_tests_are_left_out(self):
        self.assert_kept(
            "//! [`crate::high`]\n/* crate::high::Top */\n"
            'const A: &str = "crate::high::Top";\nconst B: &str = r#"" crate::high::Top"#;\n'
            "#[cfg(test)]\nuse crate::high::Top;\n#[cfg(test)]\nmod tests {\n    use crate::high::Top;\n    fn f() { {} }\n}\n"
            "pub struct Base;",
            **{"low/tests.rs": "use crate::high::Top;"},
        )

    def test_what_follows_left_out_code_is_seen(self):
        self.assert_refused("#[cfg(test)]\nmod tests { fn f() { {} } }\nuse crate::high::Top;", "low.rs:3:")

    def test_a_re_export_is_followed_to_the_file_of_the_item(self):
        self.assert_refused(
            "use crate::middle::Top;",
            "low is below high",
            **{"middle.rs": "pub use crate::high::Top;"},
        )

    def test_a_module_without_a_place_is_refused(self):
        self.assert_refused("pub struct Base;", "other.rs: ", "does not say where it stands", **{"other.rs": ""})

    def test_a_longer_path_gives_a_folder_a_place_of_its_own(self):
        files = {"low/mod.rs": "", "low/a.rs": "use super::b::B;", "low/b.rs": "pub struct B;"}
        self.assertEqual(checked(files, ("low::b", "low", "high"))[0], 0)
        self.assertIn("low::a is below low", checked(files, ("low::a", "low", "high"))[1])

    def test_a_circle_of_four_files_is_kept_and_one_of_five_is_printed(self):
        def ring(size):
            return {f"low/f{at}.rs": f"use super::f{(at + 1) % size}::F;\npub struct F;" for at in range(size)}

        self.assertEqual(checked({"low/mod.rs": "", **ring(4)})[0], 0)
        code, told = checked({"low/mod.rs": "", **ring(5)})
        self.assertEqual(code, 1)
        self.assertIn("5 files import each other in a circle:", told)
        self.assertIn("low/f4.rs:1: super::f0::F -> ", told)

    def test_a_folder_that_shows_its_own_files_makes_no_circle(self):
        names = [f"f{at}" for at in range(6)]
        folder = {f"low/{name}.rs": f"use super::Shared;\npub struct {name.upper()};" for name in names}
        face = "".join(f"mod {name};\npub use self::{name}::{name.upper()};\n" for name in names)
        glob = "".join(f"mod {name};\npub use {name}::*;\n" for name in names)
        for text in (face, glob):
            self.assertEqual(checked({"low/mod.rs": text + "pub struct Shared;", **folder})[0], 0)
        code, told = checked({"low/mod.rs": face + "pub struct Shared(F0, F1, F2, F3, F4, F5);", **folder})
        self.assertIn("7 files import each other", told)


if __name__ == "__main__":
    unittest.main()
