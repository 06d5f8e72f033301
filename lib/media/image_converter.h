#pragma once

#include "lib/dispatch/media_source.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The largest file that is converted.
inline constexpr std::uintmax_t converted_file_bytes_max = std::uintmax_t{25} << 20;

/// The types that a file of this one can be made into, the best first.
std::vector<std::string> types_from(std::string_view content_type);

/// Makes files into others.
class ImageConverter {
public:
    virtual ~ImageConverter() = default;
    /// The bytes of what `file` is made into. Blocking, for seconds; any thread.
    virtual boost::system::result<std::string, MediaFault> convert(const MediaFile& file,
                                                                   const MediaForm& form) = 0;
};

/// One that has each file converted by a process of its own, since files are anybody's: what a file does to the
/// libraries that read it ends that process and no other, and costs no more memory and time than its limits
/// allow. `program` is a postrider, whose command convert-image it is (convert_standard_input).
std::unique_ptr<ImageConverter> make_image_converter(std::string program);

/// That process: makes standard input into a file of type `content_type`, of at most `bytes_max`, on standard
/// output, within limits that it sets itself first. Returns its exit status, by which the converter knows it.
int convert_standard_input(const std::string& content_type, std::uintmax_t bytes_max);

}  // namespace postrider
