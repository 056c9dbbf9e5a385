//! `nirc`, the command.

fn main() -> std::process::ExitCode {
    nirc::main()
}
