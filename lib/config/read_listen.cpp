#include "lib/config/sections.h"
#include "lib/config/wording.h"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {
namespace {

constexpr unsigned refusals_per_minute_max = 1'000'000;

/// An address in its usual form, without the brackets of `[::1]`; nothing for what is none.
std::optional<std::string> parse_ip_address(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(text, error);
    if (error) return std::nullopt;
    return address.to_string();
}

std::string read_address(SettingsReader& section, std::string_view key, const std::string& fallback) {
    const std::string written = section.text(key, fallback);
    if (const auto address = parse_ip_address(written)) return *address;
    section.problem(key, shown(written) + " is not a numeric address (like 127.0.0.1, 0.0.0.0, [::])");
    return fallback;
}

std::string read_file_path(SettingsReader& section, std::string_view key) {
    std::string path = section.required_text(key);
    if (!path.empty()) is_whole_path(section, key, path, "the whole path of a file");
    return path;
}

/// What can be read now will be read again, so nothing of it is kept.
std::optional<CertificateFiles> read_tls(SettingsReader& listen) {
    if (!listen.has("tls")) return std::nullopt;
    SettingsReader tls = listen.child("tls");
    const std::size_t problems_before = tls.problem_count();
    const CertificateFiles files{read_file_path(tls, "certificate"), read_file_path(tls, "key")};
    const bool named = !files.certificate.empty() && !files.key.empty();  // not, where `tls` is no mapping
    if (!named || tls.problem_count() != problems_before) return std::nullopt;
    const auto read = read_server_certificate(files);
    if (!read) tls.problem(read.error().of_key ? "key" : "certificate", read.error().what);
    return files;
}

}  // namespace

std::vector<std::string> read_addresses(SettingsReader& section, std::string_view key,
                                        const std::vector<std::string>& fallback) {
    std::vector<std::string> addresses;
    for (const std::string& written : section.texts(key, fallback)) {
        if (auto address = parse_ip_address(written)) {
            addresses.push_back(std::move(*address));
        } else {
            section.problem(key, shown(written) + " is not a numeric address (like 127.0.0.1, ::1)");
        }
    }
    return addresses;
}

ListenConfig read_listen(SettingsReader& file) {
    ListenConfig listen;
    SettingsReader section = file.child("listen");
    listen.address = read_address(section, "address", listen.address);
    listen.port = section.number("port", listen.port);
    listen.public_url = section.url("public_url", listen.public_url, PlainHttp::anywhere);
    if (listen.public_url.find('?') != std::string::npos) {
        section.problem("public_url", "must not hold a query (?…): paths are added to it");
    }
    if (!listen.public_url.empty() && web_address_fault(listen.public_url, PlainHttp::loopback_only)) {
        section.warning("public_url",
                        "begins with http://: what providers send here crosses networks in the clear");
    }
    listen.trusted_proxies = read_addresses(section, "trusted_proxies", listen.trusted_proxies);
    listen.tls = read_tls(section);
    listen.refusals_per_minute =
        section.number("refusals_per_minute", listen.refusals_per_minute, 0, refusals_per_minute_max);
    return listen;
}

}  // namespace postrider
