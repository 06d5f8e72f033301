#include "lib/media/image_converter.h"

#include "lib/media/webp_image.h"
#include "lib/process/filter.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>

namespace postrider {

namespace {

using Converted = boost::system::result<std::string, MediaFault>;

constexpr std::string_view webp_type = "image/webp";
constexpr std::string_view png_type = "image/png";

// What the process says by its exit status, beside 0.
constexpr int faulty = 3;     // and the fault by its output
constexpr int unlimited = 4;  // its limits could not be set

constexpr std::size_t fault_size_max = 200;

constexpr rlim_t cpu_seconds_max = 10;
constexpr rlim_t address_space_max = rlim_t{600} << 20;  // 8 bytes for each pixel, and the program

bool limit(__rlimit_resource resource, rlim_t most) {
    const rlimit limits{most, most};
    return ::setrlimit(resource, &limits) == 0;
}

/// A core would be somebody's picture on the disk.
bool limit_all() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they reserve terabytes
    if (!limit(RLIMIT_AS, address_space_max)) return false;
#endif
    return limit(RLIMIT_CPU, cpu_seconds_max) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0);
}

std::string read_all(int descriptor, std::size_t bytes_max) {
    std::string bytes;
    std::string piece(std::size_t{1} << 16, '\0');
    while (bytes.size() <= bytes_max) {
        const ssize_t read = ::read(descriptor, piece.data(), piece.size());
        if (read <= 0) break;
        bytes.append(piece, 0, static_cast<std::size_t>(read));
    }
    return bytes;
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Whether a process that ended by it was stopped by somebody, and not by what it did.
bool is_from_outside(int signal) {
    return signal == SIGTERM || signal == SIGKILL || signal == SIGINT || signal == SIGHUP ||
           signal == SIGQUIT;
}

/// What a process said that may do a hostile file's will.
std::string printable(std::string text) {
    text.resize(std::min(text.size(), fault_size_max));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

class IsolatedConverter final : public ImageConverter {
public:
    explicit IsolatedConverter(std::string program) : program_(std::move(program)) {}

    Converted convert(const MediaFile& file, const MediaForm& form) override {
        if (file.bytes > converted_file_bytes_max)
            return MediaFault{fmt::format("it has {} MB, and at most {} are converted", file.bytes >> 20,
                                          converted_file_bytes_max >> 20)};
        Filtered result;
        try {
            result =
                run_filter({program_, "convert-image", form.content_type, std::to_string(form.bytes_max)},
                           file.path, std::max<std::size_t>(form.bytes_max, fault_size_max));
        } catch (const std::system_error& error) {
            return MediaFault{"no process could be started for it: " + error.code().message(), true};
        }
        if (result.status == 0 && result.output.size() <= form.bytes_max && !result.output.empty())
            return Converted(boost::system::in_place_value, std::move(result.output));
        if (result.status == faulty) return MediaFault{printable(std::move(result.output))};
        if (result.status == 128 + SIGXCPU) return MediaFault{"it takes too long"};
        if (result.too_much || (result.status > 128 && !is_from_outside(result.status - 128)))
            return MediaFault{"what reads such files crashed on it"};
        return MediaFault{fmt::format("its process ended with status {}", result.status), true};
    }

private:
    std::string program_;
};

}  // namespace

std::vector<std::string> types_from(std::string_view content_type) {
    if (bare_type(content_type) == webp_type) return {std::string(png_type)};
    return {};
}

std::unique_ptr<ImageConverter> make_image_converter(std::string program) {
    return std::make_unique<IsolatedConverter>(std::move(program));
}

int convert_standard_input(const std::string& content_type, std::uintmax_t bytes_max) {
    if (!limit_all()) return unlimited;
    const std::string input = read_all(STDIN_FILENO, converted_file_bytes_max);
    Converted converted = MediaFault{"nothing is made into " + content_type};
    if (input.size() > converted_file_bytes_max) {
        converted = MediaFault{"it is too large to be converted"};
    } else if (content_type == png_type) {
        converted = png_from_webp(input, bytes_max);
    }
    if (converted) return write_all(STDOUT_FILENO, *converted) ? 0 : 1;
    return write_all(STDOUT_FILENO, converted.error().what) ? faulty : 1;
}

}  // namespace postrider
