use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::{fmt, fs};

use anyhow::Context as _;
use wasmparser::{CustomSectionReader, ImportSectionReader, KnownCustom, Name, Parser, Payload, TypeRef};
use xshell::{Shell, cmd};

/// The size of a bundle, and what contributes to it.
pub(crate) struct Size {
    script: usize,
    module: usize,
    /// Both files together, each gzipped on its own, as they are sent.
    pub(crate) gzip: usize,
    /// Bytes of function bodies per crate, largest first.
    crates: Vec<(String, u64)>,
    /// Bytes of constants: texts, tables, templates.
    data: u64,
}

/// The number of crates listed; the rest are summed up.
const LISTED: usize = 15;

impl Size {
    /// Measures the bundle in a folder; `named` is its module before function names were stripped.
    pub(crate) fn of(shell: &Shell, bundle: &Path, named: &Path) -> anyhow::Result<Self> {
        let (script, module) = (bundle.join("index.js"), bundle.join("rust_bg.wasm"));
        let mut gzip = 0;
        for file in [&script, &module] {
            gzip += cmd!(shell, "gzip -9 --no-name --stdout {file}").output()?.stdout.len();
        }
        let (crates, data) = contents(&fs::read(named).context("the module with names")?)?;
        Ok(Self { script: fs::read(script)?.len(), module: fs::read(module)?.len(), gzip, crates, data })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { script, module, gzip, crates, data } = self;
        writeln!(f, "bundle: {gzip} bytes gzipped, from {module} of WebAssembly and {script} of JavaScript")?;
        writeln!(f, "the WebAssembly before gzip:")?;
        writeln!(f, "{data:>9}  constants")?;
        for (name, bytes) in crates.iter().take(LISTED) {
            writeln!(f, "{bytes:>9}  {name}")?;
        }
        let others = crates.iter().skip(LISTED);
        write!(
            f,
            "{:>9}  {} other crates",
            others.clone().map(|(_, bytes)| bytes).sum::<u64>(),
            others.count()
        )
    }
}

/// The contents of a module: bytes of function bodies per crate, largest first, and of constants.
fn contents(module: &[u8]) -> anyhow::Result<(Vec<(String, u64)>, u64)> {
    let (mut bodies, mut names) = (Vec::new(), BTreeMap::new());
    let (mut imported, mut data) = (0, 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => imported = imported_functions(section)?,
            Payload::CodeSectionEntry(body) => bodies.push(length(&body.range())),
            Payload::DataSection(section) => data = length(&section.range()),
            Payload::CustomSection(section) => names.extend(function_names(&section)?),
            _ => {}
        }
    }
    let mut crates = BTreeMap::<&str, u64>::new();
    for (index, bytes) in (imported..).zip(bodies) {
        *crates.entry(names.get(&index).copied().map_or("(no name)", crate_of)).or_default() += bytes;
    }
    let mut crates: Vec<_> = crates.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    crates.sort_by_key(|(_, bytes)| Reverse(*bytes));
    Ok((crates, data))
}

/// The number of imported functions, which the name section numbers first.
fn imported_functions(section: ImportSectionReader<'_>) -> anyhow::Result<u32> {
    let mut count = 0;
    for import in section.into_imports() {
        if matches!(import?.ty, TypeRef::Func(_)) {
            count += 1;
        }
    }
    Ok(count)
}

fn function_names<'m>(section: &CustomSectionReader<'m>) -> anyhow::Result<Vec<(u32, &'m str)>> {
    let mut names = Vec::new();
    if let KnownCustom::Name(subsections) = section.as_known() {
        for subsection in subsections {
            if let Name::Function(functions) = subsection? {
                for function in functions {
                    let function = function?;
                    names.push((function.index, function.name));
                }
            }
        }
    }
    Ok(names)
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// The crate of a function: the name before the first `::`, as in `<outband_station::Station as …>::handle` or
/// `core[c5930c85a12de822]::fmt::write`.
fn crate_of(function: &str) -> &str {
    let path = function.find("::").and_then(|end| function.get(..end)).unwrap_or_default();
    let path = path.rsplit_once('[').map_or(path, |(path, _)| path);
    let name = path.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    if name.is_empty() { "(no crate: exports, shims, built-in types)" } else { name }
}

#[cfg(test)]
mod tests {
    use super::crate_of;

    #[test]
    fn a_function_counts_towards_the_crate_of_its_type() {
        for (function, name) in [
            ("serde_json::de::parse", "serde_json"),
            ("<outband_station::Station as core::fmt::Debug>::fmt::h1f", "outband_station"),
            ("<&mut outband_site::Page as T>::f", "outband_site"),
            (
                "<dlmalloc[e24a27700634d609]::dlmalloc::Dlmalloc<dlmalloc[e2]::sys::System>>::malloc",
                "dlmalloc",
            ),
            ("<char>::escape_debug_ext", "(no crate: exports, shims, built-in types)"),
            ("stationobject_tick", "(no crate: exports, shims, built-in types)"),
        ] {
            assert_eq!(crate_of(function), name, "{function}");
        }
    }
}
