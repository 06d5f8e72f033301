#include "tests/system/nagios.h"

#include "tests/system/eventually.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace postrider::testing {

namespace {

constexpr std::size_t services = 3;

/// The commands that the package brings, with the program that is tested.
std::string commands() {
    std::string text = contents(POSTRIDER_SOURCE_DIR "/config/nagios/commands.cfg");
    const std::string installed = "/usr/bin/postrider";
    const auto at = text.find(installed);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, installed.size(), POSTRIDER_BINARY);
}

std::string service(const std::string& name, const std::string& command) {
    return fmt::format(
        "define service {{\n host_name daemon\n service_description {}\n check_command {}\n"
        " max_check_attempts 1\n check_interval 1\n retry_interval 1\n check_period always\n"
        " notifications_enabled 0\n contacts nobody\n}}\n",
        name, command);
}

std::string objects(const std::string& url) {
    std::string text = "define timeperiod {\n timeperiod_name always\n alias always\n";
    for (const char* day : {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"})
        text += fmt::format(" {} 00:00-24:00\n", day);
    text += fmt::format(
        "}}\ndefine command {{\n command_name nothing\n command_line /bin/true\n}}\n"
        "define command {{\n command_name read_issues\n"
        " command_line python3 {}/tests/system/read_issues.py $ARG1$\n}}\n"
        "define contact {{\n contact_name nobody\n"
        " host_notification_period always\n service_notification_period always\n"
        " host_notification_commands nothing\n service_notification_commands nothing\n}}\n"
        "define host {{\n host_name daemon\n address 127.0.0.1\n check_command nothing\n"
        " max_check_attempts 1\n notifications_enabled 0\n contacts nobody\n}}\n",
        POSTRIDER_SOURCE_DIR);
    return text + service("plugin", "check_postrider!" + url + "/status") +
           service("http", "check_postrider_http!" + url.substr(url.rfind(':') + 1)) +
           service("issues", "read_issues!" + url);
}

}  // namespace

Nagios::Nagios(const std::string& daemon_url)
    : process_({"/usr/sbin/nagios4", write_configuration(daemon_url)},
               {.output = folder_.path() / "output", .environment = {}}) {}

bool Nagios::comes_to(int state) const {
    return eventually([&] { return states() == std::vector<int>(services, state); });
}

std::string Nagios::said() const {
    return contents(folder_.path() / "status.dat") + contents(folder_.path() / "output");
}

std::string Nagios::write_configuration(const std::string& daemon_url) const {
    folder_.write("commands.cfg", commands());
    folder_.write("objects.cfg", objects(daemon_url));
    std::filesystem::create_directory(folder_.path() / "results");
    // The user counts only where this is run as root.
    const std::string text = fmt::format(
        "log_file={0}/nagios.log\ncfg_file={0}/commands.cfg\ncfg_file={0}/objects.cfg\n"
        "object_cache_file={0}/objects.cache\nprecached_object_file={0}/precached\n"
        "status_file={0}/status.dat\nstatus_update_interval=1\n"
        "nagios_user=root\nnagios_group=root\ncheck_external_commands=0\ncommand_file={0}/nagios.cmd\n"
        "lock_file={0}/nagios.pid\ntemp_file={0}/nagios.tmp\ntemp_path={0}\ncheck_result_path={0}/results\n"
        "query_socket={0}/query\nretain_state_information=0\ninterval_length=1\n"
        "check_result_reaper_frequency=1\nservice_inter_check_delay_method=n\nservice_check_timeout=30\n"
        "event_broker_options=0\nuse_syslog=0\nenable_notifications=0\n",
        folder_.path().string());
    return folder_.write("nagios.cfg", text).string();
}

std::vector<int> Nagios::states() const {
    std::vector<int> found;
    const std::string text = contents(folder_.path() / "status.dat");
    const std::string begins = "servicestatus {";
    for (auto at = text.find(begins); at != std::string::npos; at = text.find(begins, at + 1)) {
        const std::string one = text.substr(at, text.find('}', at) - at);
        const auto value = [&](const std::string& name) {
            const auto begin = one.find("\t" + name + "=");
            return begin == std::string::npos ? -1 : std::stoi(one.substr(begin + name.size() + 2));
        };
        if (value("has_been_checked") == 1) found.push_back(value("current_state"));
    }
    return found;
}

}  // namespace postrider::testing
