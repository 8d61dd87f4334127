/* HDF5 files, types and attributes; columns are in hdf5_column.c. What they mean is left to
 * snapshot.c.
 *
 * The library's own error printing is switched off when a file is made or opened; object times are
 * not recorded, so that equal contents give equal bytes. */
#include "hdf5_library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_STEP = 4 << 20 }; /* bytes by which a file in memory grows */

int bm_h5_fail(const struct bm_h5 *file, const char *what, const char *name, struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_IO, "%s: HDF5 could not %s '%s'",
                   file->path[0] ? file->path : "a new file", what, name);
}

/* What is closed here needs nothing more when the program ends, and where the system could not
 * close a file the library's own clearing up would crash. */
static void begin(void)
{
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static int start(struct bm_h5 **file, struct bm_err *err)
{
    begin();
    *file = calloc(1, sizeof **file);
    if (*file == NULL)
        return bm_fail_errno(err, "no memory for an HDF5 file");
    (*file)->file = H5I_INVALID_HID;
    (*file)->fapl = H5Pcreate(H5P_FILE_ACCESS);
    return 0;
}

/* What was opened, or a failure, after which nothing is left. */
static int finish_open(struct bm_h5 **file, const char *what, struct bm_err *err)
{
    if ((*file)->file >= 0)
        return 0;
    bm_h5_close(*file);
    *file = NULL;
    return bm_fail(err, BM_EXIT_IO, "%s", what);
}

/* How groups are made, of which the root is one: `kind` is H5P_FILE_CREATE for it. To be closed. */
static hid_t plan_group(hid_t kind)
{
    hid_t plist = H5Pcreate(kind);
    H5Pset_link_creation_order(plist, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(plist, false);
    return plist;
}

int bm_h5_new(struct bm_h5 **file, struct bm_err *err)
{
    if (start(file, err) != 0)
        return -1;
    hid_t plist = plan_group(H5P_FILE_CREATE);
    if (H5Pset_fapl_core((*file)->fapl, MEMORY_STEP, false) >= 0)
        (*file)->file = H5Fcreate("results", H5F_ACC_TRUNC, plist, (*file)->fapl);
    H5Pclose(plist);
    return finish_open(file, "HDF5 could not create a file in memory", err);
}

int bm_h5_open(const char *path, struct bm_h5 **file, struct bm_err *err)
{
    char what[BM_PATH_SIZE + 40];
    if (start(file, err) != 0)
        return -1;
    snprintf((*file)->path, sizeof(*file)->path, "%s", path);
    snprintf(what, sizeof what, "%s: not an HDF5 file, or damaged", path);
    H5Pset_file_locking((*file)->fapl, false, true);
    do {
        errno = 0;
        (*file)->file = H5Fopen(path, H5F_ACC_RDONLY, (*file)->fapl);
    } while ((*file)->file < 0 && errno == EINTR);
    if (errno == EIO)
        snprintf(what, sizeof what, "cannot open %s: %s", path, strerror(errno));
    return finish_open(file, what, err);
}

void bm_h5_close(struct bm_h5 *file)
{
    if (file == NULL)
        return;
    if (file->file >= 0)
        H5Fclose(file->file);
    H5Pclose(file->fapl);
    free(file);
}

int bm_h5_image(struct bm_h5 *file, const void **data, size_t *size, struct bm_err *err)
{
    void *image; /* the memory driver's handle: where its bytes are */
    ssize_t n = -1;
    if (H5Fflush(file->file, H5F_SCOPE_LOCAL) >= 0 &&
        H5Fget_vfd_handle(file->file, file->fapl, &image) >= 0)
        n = H5Fget_file_image(file->file, NULL, 0); /* asks for the size only */
    if (n < 0)
        return bm_h5_fail(file, "finish", "/", err);
    *data = *(void **)image;
    *size = (size_t)n;
    return 0;
}

int bm_h5_make_group(struct bm_h5 *file, const char *name, const char *description,
                     struct bm_err *err)
{
    hid_t plist = plan_group(H5P_GROUP_CREATE);
    hid_t group = H5Gcreate2(file->file, name, H5P_DEFAULT, plist, H5P_DEFAULT);
    H5Pclose(plist);
    bool done = group >= 0 && bm_h5_describe(group, "description", description);
    if (group >= 0)
        H5Gclose(group);
    return done ? 0 : bm_h5_fail(file, "create", name, err);
}

/* ---- types ---- */

hid_t bm_h5_type_of(enum bm_h5_type type)
{
    if (type == BM_H5_INT)
        return H5Tcopy(H5T_STD_I64LE);
    if (type == BM_H5_REAL)
        return H5Tcopy(H5T_IEEE_F64LE);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    H5Tset_cset(text, H5T_CSET_UTF8);
    return text;
}

bool bm_h5_is_type(hid_t stored, enum bm_h5_type type)
{
    static const H5T_class_t classes[] = {
        [BM_H5_INT] = H5T_INTEGER, [BM_H5_REAL] = H5T_FLOAT, [BM_H5_TEXT] = H5T_STRING};
    return H5Tget_class(stored) == classes[type];
}

/* ---- attributes ---- */

static bool set_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool done = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    return done;
}

static int set(struct bm_h5 *file, const char *name, enum bm_h5_type type, const void *value,
               struct bm_err *err)
{
    return set_attribute(file->file, name, bm_h5_type_of(type), value)
               ? 0
               : bm_h5_fail(file, "write attribute", name, err);
}

int bm_h5_set_int(struct bm_h5 *file, const char *name, int64_t value, struct bm_err *err)
{
    return set(file, name, BM_H5_INT, &value, err);
}

int bm_h5_set_real(struct bm_h5 *file, const char *name, double value, struct bm_err *err)
{
    return set(file, name, BM_H5_REAL, &value, err);
}

bool bm_h5_describe(hid_t object, const char *name, const char *text)
{
    return text == NULL || set_attribute(object, name, bm_h5_type_of(BM_H5_TEXT), &text);
}

int bm_h5_set_text(struct bm_h5 *file, const char *name, const char *text, struct bm_err *err)
{
    return text == NULL ? 0 : set(file, name, BM_H5_TEXT, &text, err);
}

struct attribute {
    hid_t id, stored, space;
};

/* Opens an attribute; false when it is not one value of the type. To be closed in any case. */
static bool open_attribute(hid_t object, const char *name, enum bm_h5_type type,
                           struct attribute *attribute)
{
    attribute->id = H5Aopen(object, name, H5P_DEFAULT);
    attribute->stored = H5Aget_type(attribute->id);
    attribute->space = H5Aget_space(attribute->id);
    return bm_h5_is_type(attribute->stored, type) &&
           (type != BM_H5_TEXT || H5Tis_variable_str(attribute->stored) > 0) &&
           H5Sget_simple_extent_npoints(attribute->space) == 1;
}

static void close_attribute(const struct attribute *attribute)
{
    H5Sclose(attribute->space);
    H5Tclose(attribute->stored);
    H5Aclose(attribute->id);
}

bool bm_h5_get_int(const struct bm_h5 *file, const char *name, int64_t *value)
{
    struct attribute attribute;
    if (H5Aexists(file->file, name) <= 0)
        return false;
    bool done = open_attribute(file->file, name, BM_H5_INT, &attribute) &&
                H5Aread(attribute.id, H5T_NATIVE_INT64, value) >= 0;
    close_attribute(&attribute);
    return done;
}

struct each {
    int (*call)(void *context, const char *name, const char *text, struct bm_err *err);
    void *context;
    struct bm_err *err;
};

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    const struct each *each = context;
    struct attribute attribute;
    int status = 0;
    if (open_attribute(object, name, BM_H5_TEXT, &attribute)) {
        hid_t type = bm_h5_type_of(BM_H5_TEXT);
        char *text = NULL;
        if (H5Aread(attribute.id, type, &text) < 0)
            status = bm_fail(each->err, BM_EXIT_IO, "attribute '%s' is damaged", name);
        else if (text != NULL)
            status = each->call(each->context, name, text, each->err);
        H5Dvlen_reclaim(type, attribute.space, H5P_DEFAULT, &text);
        H5Tclose(type);
    }
    close_attribute(&attribute);
    return status;
}

int bm_h5_each_text(const struct bm_h5 *file,
                    int (*each)(void *context, const char *name, const char *text,
                                struct bm_err *err),
                    void *context, struct bm_err *err)
{
    struct each all = {each, context, err};
    hsize_t at = 0;
    if (H5Aiterate2(file->file, H5_INDEX_NAME, H5_ITER_INC, &at, visit_attribute, &all) < 0)
        return bm_h5_fail(file, "read the attributes of", "/", err); /* the first error wins */
    return 0;
}

void bm_h5_version(char *text, size_t size)
{
    unsigned major = 0, minor = 0, release = 0;
    begin();
    H5get_libversion(&major, &minor, &release);
    snprintf(text, size, "%u.%u.%u", major, minor, release);
}
