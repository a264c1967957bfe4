// One line, since closures written here would belong to the main actor and trap on the C libraries' threads.
runAndExit(arguments: Array(CommandLine.arguments.dropFirst()))
