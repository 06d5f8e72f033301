#include "lib/config/secret_source.h"

#include "lib/config/small_file.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

namespace postrider {
namespace {

using Result = boost::system::result<Secret, SecretFault>;

constexpr std::size_t secret_size_max = std::size_t{64} * 1024;
constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool holds_only(std::string_view text, const std::string& allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_variable_name(const std::string& name) {
    return holds_only(name, std::string(letters).append(digits).append("_")) &&
           digits.find(name.front()) == std::string_view::npos;
}

bool is_credential_name(const std::string& name) {
    return holds_only(name, std::string(letters).append(digits).append("_.-")) && name != "." && name != "..";
}

void strip_newline(std::string& text) {
    if (!text.ends_with('\n')) return;
    text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

Result from_file(const std::filesystem::path& file) {
    auto content = read_small_file(file, secret_size_max);
    if (!content) return SecretFault{"cannot read the secret: " + content.error().what};
    strip_newline(*content);
    if (content->empty()) return SecretFault{"the secret is empty: " + file.string()};
    return Secret(std::move(*content));
}

Result from_path(const std::string& path) {
    if (!path.starts_with('/')) return SecretFault{"file: must be followed by a path that begins with /"};
    return from_file(path);
}

// A name that is none is not repeated: it may be a secret that only begins like one of these forms.
Result from_variable(const std::string& name, const Environment& environment) {
    if (!is_variable_name(name)) {
        return SecretFault{"env: must be followed by the name of an environment variable"};
    }
    std::optional<std::string> value = environment(name);
    if (!value) return SecretFault{"the environment variable " + name + " is not set"};
    if (value->empty()) return SecretFault{"the environment variable " + name + " is empty"};
    return Secret(std::move(*value));
}

Result from_credential(const std::string& name, const Environment& environment) {
    if (!is_credential_name(name)) {
        return SecretFault{"credential: must be followed by a name of letters, digits and _ . -"};
    }
    const auto folder = environment("CREDENTIALS_DIRECTORY");
    if (!folder || folder->empty()) {
        return SecretFault{"no credential " + name +
                           ": systemd gave none to this process (LoadCredential= in the unit)"};
    }
    return from_file(std::filesystem::path(*folder) / name);
}

}  // namespace

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return value;
    };
}

Result read_secret(const std::string& setting, const Environment& environment) {
    if (setting.empty()) return SecretFault{"a secret cannot be empty"};
    if (setting.starts_with("env:")) return from_variable(setting.substr(4), environment);
    if (setting.starts_with("file:")) return from_path(setting.substr(5));
    if (setting.starts_with("credential:")) return from_credential(setting.substr(11), environment);
    if (setting.size() > secret_size_max) return SecretFault{"larger than 64 KiB"};
    return Secret(setting);
}

}  // namespace postrider
