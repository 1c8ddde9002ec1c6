//! Secret keys in the wrong place: whatever setting or argument holds one, no message shows it.

use std::path::Path;

use crate::support::{bad, command, set_up, text};

/// Runs a command that must fail, and checks that it shows nothing of the secret.
fn quiet(dir: &Path, secret: &str, settings: &[(&str, &str)], args: &[&str]) {
    let output = command(dir, args).envs(settings.iter().copied()).output().expect("it ends");
    let said = text(&output.stdout) + &text(&output.stderr);
    let what = format!("{settings:?} {args:?}").replace(secret, "<secret>");
    assert!(!output.status.success(), "{what}: {said}");
    assert!(!said.is_empty(), "{what} says nothing");
    // Our seed is the fifth part, and may have the sign between the parts in it.
    let seed = secret.splitn(5, '+').last().and_then(|rest| rest.lines().last()).expect("a last part");
    for part in [seed, "PRIVATE", "b3BlbnNz"] {
        assert!(!said.contains(part), "{what}: {said}");
    }
}

const OPENSSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==";

/// Ours, and people's.
fn secrets(dir: &Path) -> [String; 2] {
    let file = dir.join("status.example.net/keys/operator.key");
    [std::fs::read_to_string(file).expect("a key").trim().to_owned(), OPENSSH.to_owned()]
}

#[test]
fn no_setting_tells_a_secret() {
    let dir = set_up();
    let dir = dir.path();
    for secret in secrets(dir) {
        for setting in ["ORIGIN", "ROOT_KEYS", "LOG_KEY_FILE", "STATION_KEY_FILE"] {
            quiet(dir, &secret, &[(setting, &secret)], &["serve", "--dir", "status.example.net"]);
        }
        for option in ["--origin", "--root-keys", "--log-key-file", "--station-key-file", "--listen"] {
            quiet(dir, &secret, &[], &["serve", "--dir", "status.example.net", option, &secret]);
        }
        quiet(dir, &secret, &[], &["serve", "--dir", &secret]);
        let file = dir.join("status.example.net/outband.toml");
        let settings = std::fs::read_to_string(&file).expect("settings");
        let quoted = format!("\"{}\"", secret.replace('\n', "\\n"));
        for name in ["origin", "endpoints", "root-keys", "log-key"] {
            let line = settings.lines().find(|line| line.starts_with(&format!("{name} = "))).expect(name);
            let value = if line.ends_with(']') { format!("[{quoted}]") } else { quoted.clone() };
            std::fs::write(&file, settings.replace(line, &format!("{name} = {value}"))).expect("a file");
            quiet(dir, &secret, &[], &["publish", "--dir", "status.example.net", "--quick", "x", "--yes"]);
            if name != "endpoints" && name != "log-key" {
                quiet(
                    dir,
                    &secret,
                    &[],
                    &["serve", "--dir", "status.example.net", "--listen", "127.0.0.1:0"],
                );
            }
        }
        for text in
            [secret.clone(), format!("{quoted} = 1\n{settings}"), format!("{settings}\nroot = {quoted}\n")]
        {
            std::fs::write(&file, text).expect("a file");
            quiet(dir, &secret, &[], &["publish", "--dir", "status.example.net", "--quick", "x", "--yes"]);
        }
        std::fs::write(&file, settings).expect("a file");
    }
}

#[test]
fn no_argument_tells_a_secret() {
    let dir = set_up();
    let dir = dir.path();
    let operator = "status.example.net/keys/operator.key";
    std::fs::write(dir.join("id_ed25519"), format!("{OPENSSH}\n")).expect("a file");
    let here = ["--dir", "status.example.net"];
    for secret in secrets(dir) {
        let mut commands: Vec<Vec<&str>> = vec![
            vec![&secret],
            vec!["verify", &secret],
            vec!["verify", "status.example.net", "--root", &secret],
            vec!["verify", "status.example.net", "--max-age", &secret],
            vec!["sign", &secret],
            vec!["sign", operator],
            vec!["sign", "id_ed25519"],
            vec!["sign", "x", "--dir", &secret],
            vec!["send", &secret, "--to", "http://127.0.0.1:1"],
            vec!["send", operator, "--to", "http://127.0.0.1:1"],
            vec!["send", "x", "--to", &secret],
            vec!["roster", &secret],
            vec!["roster", "add", "--person", "bob", "--key", &secret],
            vec!["roster", "add", "--person", "bob", "--key", operator],
            vec!["roster", "add", "--person", "bob", "--key", "id_ed25519"],
            vec!["roster", "add", "--person", &secret, "--key", operator],
            vec!["roster", "add", "--person", "bob", "--key", "x", "--shown", &secret],
            vec!["roster", "remove", &secret],
            vec!["redact", &secret, "--reason", "x"],
            vec!["redact", "1", "--reason", &secret],
            vec!["publish", "--file", operator],
            vec!["publish", "--file", "id_ed25519"],
            vec!["publish", "--file", &secret],
            vec!["publish", "--quick", &secret, "--yes"],
            vec!["publish", "--quick", "x", "--body", &secret, "--yes"],
            vec!["publish", "--quick", "x", "--affects", &secret, "--yes"],
            vec!["publish", "--quick", "x", "--incident", &secret, "--yes"],
            vec!["publish", "--quick", "x", "--key", &secret, "--yes"],
        ];
        for command in &mut commands {
            let asks = ["sign", "roster", "redact", "publish"].contains(&command[0]);
            if asks && !command.contains(&"--dir") && command[1] != secret {
                command.extend(here);
            }
            quiet(dir, &secret, &[], command);
        }
        quiet(dir, &secret, &[], &["demo", "--until", &secret]);
        let whole = [
            ("--origin", "status.example.net"),
            ("--provider", "example.com"),
            ("--name", "Example Mail"),
            ("--person", "alice"),
            ("--device", "laptop"),
            ("--shown", "x"),
            ("--component", "mail Mail"),
            ("--operator", "bob=bob.pub"),
            ("--contact", "tel:+1-555-0100"),
            ("--zone", "UTC0"),
            ("--lang", "en"),
            ("--endpoint", "http://127.0.0.1:1"),
        ];
        for (wrong, _) in whole {
            let given = whole.iter().filter(|(option, _)| *option != "--operator" || wrong == "--operator");
            let args =
                given.flat_map(|(option, value)| [*option, if *option == wrong { &secret } else { value }]);
            let args: Vec<&str> =
                ["init", "--no-passphrase", "--dir", "new"].into_iter().chain(args).collect();
            quiet(dir, &secret, &[], &args);
            assert!(!dir.join("new").exists(), "{wrong}: something was written");
        }
    }
}

/// Whatever is signed here is meant to be published.
#[test]
fn a_text_with_a_secret_is_not_signed() {
    let dir = set_up();
    let dir = dir.path();
    for secret in secrets(dir) {
        let secret = secret.lines().next().expect("a line");
        let title = format!("--quick={secret}");
        let said = bad(dir, &["publish", "--dir", "status.example.net", &title, "--yes"]);
        assert!(said.contains("the text contains a secret key"), "{said}");
        assert!(said.ends_with("Nothing was signed or sent.\n"), "{said}");
        let update = format!(
            "outband update v1\norigin: status.example.net\nid: {:032x}\ntime: 2013-09-03T11:10:00Z\nincident: mail\nphase: notice\ntitle: {secret}\n",
            1
        );
        std::fs::write(dir.join("update.txt"), update).expect("a file");
        let said = bad(dir, &["sign", "update.txt", "--dir", "status.example.net"]);
        assert!(
            said.contains("the text contains a secret key") && said.ends_with("Nothing was signed.\n"),
            "{said}"
        );
    }
}
