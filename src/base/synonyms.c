/* What other tools and papers call the words of sweep files. */
#include "synonyms.h"

#include <stddef.h>

const struct bm_synonyms bm_synonyms[] = {
    /* sections */
    {"name", "experiment experimentname expname runname title"},
    {"results", "output outputfile outfile outputdir outdir savedir logdir resultsdir"},
    {"run", "runtime launcher launch resources execution"},
    {"zip", "paired together linked"},
    {"exclude", "skip except remove ignore"},
    {"include", "add extra extras points"},
    /* data */
    {"dataset", "data datasetname dataname task"},
    {"train_size", "ntrain numtrain trainsamples trainimages nsamples numsamples samples subset "
                   "subsetsize nimages"},
    {"test_size", "ntest numtest testsamples testimages valsize"},
    {"image_size", "imgsize inputsize resolution imagesz imgsz"},
    {"label_noise",
     "noise noiserate noiselevel noiseratio labelnoiserate labelcorruption labelcorruptprob "
     "corruption corruptionrate randomlabels randomlabel labelrandomization"},
    /* views */
    {"diversity",
     "views nviews numviews copies ncopies augmentations naugmentations numaugmentations"},
    {"augment", "augmentation aug augs dataaugmentation transform transforms policy"},
    {"crop_scale_min", "scale cropscale minscale"},
    {"flip_p", "flip hflip flipprob horizontalflip"},
    {"jitter_p", "jitter colorjitter colourjitter"},
    {"jitter_brightness", "brightness"},
    {"jitter_contrast", "contrast"},
    {"jitter_saturation", "saturation"},
    {"jitter_hue", "hue"},
    {"grayscale_p", "grayscale greyscale randomgrayscale"},
    {"vertical_flip_p", "vflip verticalflip vflipprob"},
    {"affine_rotation", "rotation degrees rotationdegrees maxrotation"},
    {"affine_translation", "translate translation"},
    {"blur_p", "blur gaussianblur blurprob"},
    {"erasing_p", "erasing randomerasing cutout reprob erasingprob"},
    {"randaugment_strength", "randaugment randaug strength magnitude"},
    /* batches */
    {"mixup_p", "mixup mixupprob mixupprobability"},
    {"mixup_alpha", "mixupbeta"},
    {"cutmix", "cutmixp"},
    /* network */
    {"arch", "model modelname network net architecture backbone encoder"},
    {"width", "channels nchannels numchannels basewidth widthmultiplier filters numfilters hidden "
              "hiddensize hiddendim units"},
    {"depth", "layers nlayers numlayers hiddenlayers"},
    {"norm", "normalization normalisation normlayer batchnorm bn"},
    {"projector_width", "projector projdim projectiondim projectordim projhidden headwidth"},
    {"projector_norm", "projnorm projectorbn"},
    /* training */
    {"loss", "lossfn lossfunction criterion objective"},
    {"label_smoothing", "smoothing labelsmooth ls"},
    {"optimizer", "optim opt optimiser"},
    {"lr", "learningrate lr0 baselr initlr initiallr maxlr stepsize eta"},
    {"warmup_epochs", "warmup nwarmup numwarmupepochs warmupepoch lrwarmup"},
    {"momentum", "beta mu"},
    {"weight_decay", "wd decay l2 l2reg"},
    {"lars_exclude_1d", "excludebiasandnorm excludebiasnorm excludefromlars excludebias"},
    {"saved_activations", "savedtensors activationstorage activationcompression activationdtype"},
    {"precision", "dtype amp autocast mixedprecision bf16 floatprecision matmulprecision"},
    {"batch_size", "batch bs bsz minibatch minibatchsize trainbatchsize"},
    {"epochs", "numepochs nepochs maxepochs numtrainepochs trainepochs"},
    {"stop_memorized", "earlystopping earlystop stop"},
    {"seed", "randomseed rngseed manualseed randomstate rng"},
    /* observation */
    {"probe_every", "evalevery evalinterval evalfreq evalfrequency valinterval checkvaleverynepoch "
                    "logevery loginterval"},
    {"probes", "probing evals"},
    {"knn_k", "neighbors neighbours nneighbors numneighbors knnneighbors k"},
    {"probe_pool", "pool"},
    /* launch */
    {"classes", "numclasses nclasses classnames classlist subclasses"},
    {"coarse", "coarselabels coarselabel superclass superclasses"},
    {"data_dir", "datapath dataroot datafolder datadirectory root"},
    {"threads",
     "numthreads nthreads ompnumthreads cpus numcpus cores cpuspertask numworkers workers"},
    {"run_timeout", "timelimit walltime maxtime timeout"},
    {"save_weights", "savemodel savecheckpoint savemodels saveweight"},
    {"save_every", "saveinterval savefreq savefrequency saveperiod checkpointevery"},
    {"save_examples", "saveexample saveimages savepredictions savemargins saveinstances"},
    /* values */
    {"bn", "batchnorm batchnormalization batchnorm2d"},
    {"all", "full everything entire"},
    {"inf", "infinity infinite"},
    {"none", "null nil no off false never identity unlimited"},
    {"final", "last true yes"},
    {"no", "never none"},
    {"yes", "always"},
    {"knn", "nearestneighbors nearestneighbours"},
    {"mse", "meansquarederror mseloss squared l2loss"},
    {"cross_entropy", "ce xent celoss crossentropyloss softmax logloss nll"},
    {"cnn", "convnet"},
    {"mlp", "fc fcn fullyconnected perceptron multilayerperceptron"},
    {NULL, NULL},
};
