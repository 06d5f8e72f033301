#include "daemon/commands/commands.h"
#include "daemon/commands/table.h"
#include "daemon/configuration.h"
#include "daemon/exit_code.h"
#include "lib/store/job_queries.h"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace postrider {

namespace {

struct Options {
    std::filesystem::path file;
    bool json = false;
    std::string name;
    std::string reason;
    int limit = 20;
    long long run = 0;
};

std::optional<JobQueries> queries(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return std::nullopt;
    return std::optional<JobQueries>(std::in_place, database_settings(*config));
}

int complain_of(const std::string& name) {
    std::cerr << fmt::format(
        "postrider jobs: no daemon has ever had a job {} (`postrider jobs list` lists them)\n", name);
    return failed;
}

void print(const boost::json::array& rows, bool json, const std::vector<std::string>& columns) {
    if (json) {
        std::cout << boost::json::serialize(rows) << '\n';
    } else {
        print_table(std::cout, rows, columns);
    }
}

/// A line for each, and texts of several lines below their names.
void print_one(const boost::json::object& object) {
    for (const auto& [key, value] : object) {
        if (value.is_null()) continue;
        const std::string text(value.as_string());
        const bool long_text = text.find('\n') != std::string::npos;
        std::cout << fmt::format("{}:{}{}{}", std::string_view(key), long_text ? "\n" : " ", text,
                                 text.ends_with('\n') ? "" : "\n");
    }
}

int list(const Options& options) {
    const auto config = read_or_complain(options.file);
    if (!config) return wrong_usage;
    JobQueries jobs(database_settings(*config));
    boost::json::array rows = jobs.list();
    if (config->quicksilver) {
        for (boost::json::value& row : jobs.site_tasks(config->quicksilver->run_send_task))
            rows.push_back(std::move(row));
    }
    print(rows, options.json,
          {"name", "schedule", "queue", "state", "next_run", "last_run", "last_status", "last_s", "mean_s",
           "max_s", "runs", "failed"});
    return done;
}

int show(const Options& options) {
    auto jobs = queries(options);
    if (!jobs) return wrong_usage;
    const auto job = jobs->show(options.name);
    if (!job) return complain_of(options.name);
    if (options.json) {
        std::cout << boost::json::serialize(*job) << '\n';
    } else {
        print_one(*job);
    }
    return done;
}

int show_run(const Options& options, JobQueries& jobs) {
    const auto run = jobs.show_run(options.run);
    if (!run || run->at("job").as_string() != options.name) {
        std::cerr << fmt::format("postrider jobs history: {} has no run {}\n", options.name, options.run);
        return failed;
    }
    if (options.json) {
        std::cout << boost::json::serialize(*run) << '\n';
    } else {
        print_one(*run);
    }
    return done;
}

int history(const Options& options) {
    auto jobs = queries(options);
    if (!jobs) return wrong_usage;
    if (!jobs->show(options.name)) return complain_of(options.name);
    if (options.run != 0) return show_run(options, *jobs);
    print(jobs->history(options.name, options.limit), options.json,
          {"id", "status", "scheduled", "started", "runtime_s", "exit_code", "signal", "reason",
           "output_size"});
    return done;
}

int run(const Options& options) {
    auto jobs = queries(options);
    if (!jobs) return wrong_usage;
    if (!jobs->request(options.name)) return complain_of(options.name);
    std::cout << "asked for: a daemon starts it within 2 s, as soon as its queue is free\n";
    return done;
}

int pause(const Options& options) {
    auto jobs = queries(options);
    if (!jobs) return wrong_usage;
    if (!jobs->pause(options.name, options.reason)) return complain_of(options.name);
    std::cout << "paused: no daemon starts it by its schedule\n";
    return done;
}

int resume(const Options& options) {
    auto jobs = queries(options);
    if (!jobs) return wrong_usage;
    if (!jobs->resume(options.name)) return complain_of(options.name);
    std::cout << "resumed\n";
    return done;
}

}  // namespace

void add_jobs(CommandLine line) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("jobs", "List recurring jobs: when they run, and what became of the last run",
                 [options] { return list(*options); });
    add_config_option(command, options->file);
    command->add_flag("--json", options->json, "Print JSON");
    const auto add = [&](const char* name, const char* help, Action action) {
        CLI::App* below = line.add_below(command, name, help, std::move(action));
        below->fallthrough();
        return below;
    };
    const auto add_named = [&](const char* name, const char* help, Action action) {
        CLI::App* below = add(name, help, std::move(action));
        below->add_option("NAME", options->name, "The job")->required();
        return below;
    };
    add("list", "The same", [options] { return list(*options); });
    add_named("show", "All about one job", [options] { return show(*options); });
    add_named("run", "Have a job run now, also if it is paused; its schedule stays",
              [options] { return run(*options); });
    add_named("pause", "Let no daemon start a job by its schedule; a run under way goes on", [options] {
        return pause(*options);
    })->add_option("--reason", options->reason, "Why: it is shown");
    add_named("resume",
              "Let a paused job go on, with one run at once for all that it has missed, unless its "
              "misfire says otherwise",
              [options] { return resume(*options); });
    CLI::App* runs = add_named("history", "The last runs of a job, the latest first",
                               [options] { return history(*options); });
    runs->add_option("--limit", options->limit, "How many")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    runs->add_option("--run", options->run, "One run, by its number, with its output");
    command->footer("Jobs are configured in `jobs:`; see docs/jobs.md.");
}

}  // namespace postrider
