#include "daemon/commands/commands.h"
#include "daemon/exit_code.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <iostream>
#include <memory>

// The man page and the completion of bash, made of the commands themselves: neither can be wrong.
namespace postrider {

namespace {

using Commands = std::vector<const CLI::App*>;

Commands shown_below(const CLI::App& command) {
    return command.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
}

std::vector<const CLI::Option*> shown_options(const CLI::App& command) {
    return command.get_options([](const CLI::Option* each) { return !each->get_group().empty(); });
}

/// "jobs history"; empty for the program itself.
std::string path_of(const CLI::App& command) {
    if (command.get_parent() == nullptr) return "";
    const std::string before = path_of(*command.get_parent());
    return before.empty() ? command.get_name() : before + " " + command.get_name();
}

// ---- The man page ----

/// As roff wants text: no line is a request, a hyphen is one that can be typed.
std::string in_roff(std::string_view text) {
    std::string out;
    bool line_begins = true;
    for (const char each : text) {
        if (line_begins && (each == '.' || each == '\'')) out += "\\&";
        if (each == '\\') {
            out += "\\e";
        } else if (each == '-') {
            out += "\\-";
        } else {
            out += each;
        }
        line_begins = each == '\n';
    }
    return out;
}

std::string value_of(const CLI::Option& option) {
    if (option.get_type_size() == 0) return "";
    return " \\fI" + in_roff(option.get_type_name()) + "\\fR";
}

void print_option(const CLI::Option& option) {
    std::string names;
    if (option.nonpositional()) {
        for (const std::string& name : option.get_snames()) names += "\\fB\\-" + in_roff(name) + "\\fR, ";
        for (const std::string& name : option.get_lnames()) names += "\\fB\\-\\-" + in_roff(name) + "\\fR, ";
        names.resize(names.size() - 2);
        names += value_of(option);
    } else {
        names = "\\fI" + in_roff(option.get_name(true)) + "\\fR";
    }
    std::string text = in_roff(option.get_description());
    if (!option.get_default_str().empty())
        text += fmt::format(" (default: {})", in_roff(option.get_default_str()));
    if (!option.get_envname().empty())
        text += fmt::format("; environment: {}", in_roff(option.get_envname()));
    std::cout << ".TP\n" << names << '\n' << text << '\n';
}

void print_command(const CLI::App& command) {
    std::cout << fmt::format(".SS \"postrider {}\"\n{}.\n", in_roff(path_of(command)),
                             in_roff(command.get_description()));
    const Commands below = shown_below(command);
    for (const CLI::Option* option : shown_options(command)) print_option(*option);
    const CLI::App* parent = command.get_parent();
    // One that has none of its own inherits that of the whole.
    const std::string footer = command.get_footer();
    while (parent->get_parent() != nullptr) parent = parent->get_parent();
    if (!footer.empty() && footer != parent->get_footer()) std::cout << ".PP\n" << in_roff(footer) << '\n';
    for (const CLI::App* each : below) print_command(*each);
}

void print_man_page(const CLI::App& program) {
    std::cout << fmt::format(".TH POSTRIDER 1 \"\" \"Postrider {}\" \"User Commands\"\n", POSTRIDER_VERSION)
              << ".SH NAME\npostrider \\- send scheduled messages from PostgreSQL\n"
              << ".SH SYNOPSIS\n\\fBpostrider\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n"
              << ".SH DESCRIPTION\n"
              << in_roff(program.get_description()) << '\n'
              << ".SH COMMANDS\n";
    for (const CLI::App* command : shown_below(program)) print_command(*command);
    std::cout << ".SH EXIT STATUS\n0: done. 1: failed. 2: wrong usage or configuration. "
                 "\\fBcheck\\fR and \\fBreceive\\fR have their own.\n"
                 ".SH SIGNALS\nOf \\fBpostrider run\\fR: SIGTERM and SIGINT end it, SIGHUP has it read its "
                 "configuration again.\n"
                 ".SH FILES\n.TP\n\\fI/etc/postrider/postrider.yaml\\fR\nThe configuration.\n"
                 ".TP\n\\fI/var/lib/postrider\\fR\nThe spool, and files that came with messages.\n"
                 ".SH SEE ALSO\n\\fBpostrider.yaml\\fR(5), \\fI/usr/share/doc/postrider\\fR\n";
}

// ---- Completion ----

std::string option_words(const CLI::App& command) {
    std::string words;
    for (const CLI::Option* option : shown_options(command)) {
        for (const std::string& name : option->get_lnames()) words += " --" + name;
    }
    return words;
}

void collect(const CLI::App& command, Commands& all) {
    all.push_back(&command);
    for (const CLI::App* each : shown_below(command)) collect(*each, all);
}

void print_completion(const CLI::App& program) {
    Commands all;
    collect(program, all);
    std::string known;
    std::string cases;
    for (const CLI::App* command : all) {
        const std::string path = path_of(*command);
        std::string words;
        for (const CLI::App* each : shown_below(*command)) words += " " + each->get_name();
        cases += fmt::format("        \"{}\") words=\"{}\" ;;\n", path,
                             (words + option_words(*command)).substr(1));
        if (!path.empty()) known += fmt::format("{}\"{}\"", known.empty() ? "" : " | ", path);
    }
    std::cout << "# bash completion for postrider(1)\n"
                 "_postrider() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} command='' next words='' i\n"
                 "    case ${COMP_WORDS[COMP_CWORD - 1]} in\n"
                 "        -c | --config | --folder)\n"
                 "            mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                 "            return ;;\n"
                 "    esac\n"
                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                 "        next=\"${command:+$command }${COMP_WORDS[i]}\"\n"
                 "        case $next in\n"
              << fmt::format("            {}) command=$next ;;\n", known)
              << "        esac\n"
                 "    done\n"
                 "    case $command in\n"
              << cases
              << "    esac\n"
                 "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                 "}\n"
                 "complete -F _postrider postrider\n";
}

}  // namespace

void add_describe(CommandLine line) {
    const auto what = std::make_shared<std::string>();
    CLI::App* command =
        line.add("describe", "Print the man page, or the completion of bash: the package has both",
                 [what, &app = line.app] {
                     *what == "man" ? print_man_page(app) : print_completion(app);
                     return done;
                 });
    command->group("");  // nobody else's business
    command->add_option("what", *what, "man or bash")->required()->check(CLI::IsMember({"man", "bash"}));
}

}  // namespace postrider
